// What a person is told when Chainlit cannot go on.

import { AuthError, type AuthErrorCode, type AuthOptions, type AuthState, type Host } from '../twodoor.js'
import type { PanelContent } from './panel.js'

/** What a person can do about it. */
export interface Ways {
  signIn(): unknown
  tryAgain(): unknown
  reload(): unknown
  /** The address of this page, for a tab of its own. */
  readonly here: string
  /** Where an administrator allows the app for everybody. */
  readonly adminConsent: string
}

const signInTitles: Partial<Record<AuthErrorCode, string>> = {
  sign_in_required: 'Sign in',
  cancelled: 'Sign in',
  consent_required: 'Your permission is needed',
}

/** An error of Entra ID, by which whoever runs the app finds it. */
const REFERENCE = /AADSTS\d+/

/** Words for whoever uses the app, and none of the error's own: those are for whoever runs it, in the console. */
export function contentOf(error: AuthError, state: AuthState | undefined, ways: Ways): PanelContent {
  const { code, message } = error
  const signIn = signInTitles[code]
  if (signIn) return signInContent(signIn, error, state, ways)
  const [title, text] = wordsOf(error, state)
  const [reference] = message.match(REFERENCE) ?? []
  const again = needsReload(error)
    ? { label: 'Reload', press: ways.reload }
    : { label: 'Try again', press: ways.tryAgain }
  const elsewhere = { label: 'Open in browser', href: ways.here }
  const ask = { label: 'Ask an administrator', href: ways.adminConsent }
  return {
    title,
    text: reference ? `${text} (${reference})` : text,
    button: code === 'framed' ? undefined : again,
    link: code === 'denied' ? ask : elsewhere,
  }
}

/** A host that was asked in vain is asked again only by another load of the page. */
function needsReload(error: AuthError): boolean {
  const { code, phase, retryable } = error
  return phase === 'socket' || isMendedByReload(error) || (code === 'host_timeout' && !retryable)
}

function isMendedByReload({ remedy }: AuthError): boolean {
  return remedy.startsWith('Reload')
}

function wordsOf(error: AuthError, state: AuthState | undefined): readonly [title: string, text: string] {
  const { code } = error
  if (error.phase === 'socket') return ['The chat does not stay connected', TO_OWNER]
  if (code === 'framed') return ['Open this page in your browser', 'It cannot sign you in here.']
  if (code === 'account_mismatch') return ['The account has changed', 'Another account is signed in now.']
  if (code === 'denied') return ['Access was denied', 'An administrator can allow it.']
  if (code === 'offline') return ['You are offline', 'Try again later.']
  const again = isMendedByReload(error) ? 'Reload the page.' : undefined
  if (error.retryable) return ['This takes longer than it should', again ?? 'Try again in a moment.']
  const text = isCookieRefused(error) ? `This browser does not keep the sign-in${placeOf(state)}.` : TO_OWNER
  return ['Signing in did not work', again ?? text]
}

const TO_OWNER = 'Tell whoever runs this app.'

/** The other refusals of a session are answers of the server. */
function isCookieRefused({ code, message }: AuthError): boolean {
  return code === 'session_refused' && message.includes('cookie')
}

function placeOf(state: AuthState | undefined): string {
  if (state?.host.kind !== 'teams') return ''
  return ` inside ${state.host.name?.includes('Outlook') ? 'Outlook' : 'Teams'}`
}

/** What whoever runs the app is told in the console, or `undefined` where nothing is wrong with it. */
export function complaintOf({ code, message, remedy }: AuthError): string | undefined {
  if (code in signInTitles || code === 'account_mismatch') return undefined
  return `twodoor: ${message}${message.includes(remedy) ? '' : ` ${remedy}`}`
}

function signInContent(title: string, error: AuthError, state: AuthState | undefined, ways: Ways): PanelContent {
  const isChosen = state?.status === 'signed-out' && state.reason === 'by-user'
  const label = error.code === 'consent_required' ? 'Continue' : 'Sign in'
  const text = error.code === 'consent_required' ? 'The app asks for access to your profile.' : 'Sign in to go on.'
  const button = { label, press: ways.signIn }
  return { title: isChosen ? 'You are signed out' : title, text, button }
}

/** For whoever runs the app: who is around it, and where that can be named. */
export function framedBy({ reasons }: Host): AuthError {
  const remedy =
    'If it is to host the app, name its origin in `data-host-origins`, and in `frame_ancestors` of setup().'
  return new AuthError('framed', { phase: 'host', message: `framed: ${reasons.join(', ')}.`, remedy })
}

export function adminConsentOf({
  authority = 'https://login.microsoftonline.com',
  tenant,
  clientId,
}: AuthOptions): string {
  return `${authority}/${encodeURIComponent(tenant)}/adminconsent?client_id=${encodeURIComponent(clientId)}`
}
