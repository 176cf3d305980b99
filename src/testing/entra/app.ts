// What the app, and its server, need to know to use the emulator.

import { DEFAULT_AUTHORITY } from '../../shared/origins.js'
import { metadataOf } from './metadata.js'
import type { EntraSettings } from './settings.js'

/** The part of `AuthOptions` that makes `createAuth` sign in at the emulator. */
export interface EntraAuthOptions {
  clientId: string
  tenant: string
  scopes: string[]
  authority: string
  browser: { msal: { auth: { knownAuthorities: string[]; authorityMetadata?: string } } }
}

/**
 * Options that make `createVerifier` of `twodoor/server` trust the emulator alone: those of a real app, and where
 * the emulator is.
 */
export interface EntraVerifierOptions {
  clientId: string
  tenants: string[]
  /** The origin that issues the tokens; the keys are at `<authority>/<tenant>/discovery/v2.0/keys`. */
  authority: string
  /** Reaches the emulator without a network. */
  fetch: typeof fetch
}

/**
 * MSAL insists on an authority with https, but takes endpoints with http where it is given the metadata. Then the name
 * of the authority is only a name.
 */
const NAME_WITHOUT_TLS = 'https://login.localhost'

export function authOptionsFor(settings: EntraSettings): EntraAuthOptions {
  const { clientId, tenant, scopes, url } = settings
  const isSecure = url.startsWith('https:')
  const authority = isSecure ? url : NAME_WITHOUT_TLS
  // MSAL knows Microsoft's own authorities. Others have to be listed.
  const knownAuthorities = url === DEFAULT_AUTHORITY ? [] : [new URL(authority).host]
  const metadata = isSecure ? {} : { authorityMetadata: JSON.stringify(metadataOf(settings, tenant)) }
  return {
    clientId,
    tenant,
    authority,
    scopes: [...scopes],
    browser: { msal: { auth: { knownAuthorities, ...metadata } } },
  }
}

export function verifierOptionsFor(settings: EntraSettings, emulatorFetch: typeof fetch): EntraVerifierOptions {
  const { clientId, tenant, url } = settings
  return { clientId, tenants: [tenant], authority: url, fetch: emulatorFetch }
}
