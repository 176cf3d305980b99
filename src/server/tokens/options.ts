import { whyNoAuthority } from '../../shared/clouds.js'
import { DEFAULT_AUTHORITY, parseOrigin } from '../../shared/origins.js'
import { GUID_RULE, isFunction, isGuid, isNonBlank, isObject, mayBe, must, oneOf } from '../../shared/validate.js'
import { checkOptionNames, checkOriginList } from '../check-options.js'
import { createDevelopmentLog } from '../development.js'
import type { RefusalCode } from '../refusal.js'
import type { AudienceSettings } from './audience.js'

export interface VerifierOptions {
  /** The application (client) ID of your app registration: a GUID. */
  clientId: string
  /**
   * The tenants whose users are accepted: a list of GUIDs. `'any-organization'` accepts users of every Microsoft Entra
   * tenant in the world, guests included: then compare `tenantId` with your customers yourself. Personal Microsoft
   * accounts are accepted only if their tenant is named: `9188040d-6c67-4c5b-b112-36a304b66dad`.
   */
  tenants: readonly string[] | 'any-organization'
  /**
   * Further values of `aud`, compared exactly. Without them it may be `<clientId>`, as in version 2.0 tokens, or an
   * Application ID URI as version 1.0 tokens have it: `api://<clientId>`, or `api://app.contoso.com/<clientId>` as Teams
   * wants it, with any host where `tenants` is a list, else with the host of one of `origins`.
   *
   * @default none
   */
  audiences?: readonly string[] | undefined
  /**
   * The origins that people open the app at, for `tenants: 'any-organization'`: version 1.0 tokens may name them in the
   * Application ID URI. From https, or http on loopback. With a list of tenants they are not needed.
   *
   * @default none
   */
  origins?: readonly string[] | undefined
  /**
   * The names of scopes, as in `scp`: a token needs one of them.
   *
   * @default ['access_as_user']
   */
  scopes?: readonly string[] | undefined
  /**
   * The client IDs of the apps that may get tokens for this API, compared with `azp` (version 2.0) or `appid` (1.0). A list
   * replaces the default, which has {@link microsoftClients} because Teams SSO tokens are issued to Teams.
   *
   * @default your own and `microsoftClients`
   */
  clients?: readonly string[] | undefined
  /**
   * Lets in apps on their own too, by `verifyCaller()` alone: see {@link DaemonOptions}. `verify()`, and with it sockets and
   * sessions, goes on to accept users only.
   *
   * @default no app without a user
   */
  daemons?: DaemonOptions | undefined
  /**
   * Keeps the last token of each user that it has accepted, in memory and until it expires, for {@link createOnBehalfOf}.
   *
   * @default false
   */
  keepTokens?: boolean | undefined
  /**
   * The authority, without the tenant. For sovereign clouds and tests.
   *
   * @default https://login.microsoftonline.com
   */
  authority?: string | undefined
  /**
   * Fetches the keys.
   *
   * @default the global `fetch` at the time of the call
   */
  fetch?: typeof fetch | undefined
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default Date.now
   */
  now?: (() => number) | undefined
  /**
   * Called with each refusal, for the log. It never gets the token or a part of it. What it throws is ignored.
   *
   * @default a warning on the console, once for each code and never with `NODE_ENV=production`
   */
  onRefused?: ((refusal: { readonly code: RefusalCode; readonly reason: string }) => void) | undefined
}

/**
 * Which apps without a user may call: those whose token says so (`idtyp`), and which an administrator has given an app role
 * of this API. Entra ID writes `idtyp` where the app registration of this API has it as an optional claim of the access token.
 */
export interface DaemonOptions {
  /** The values of app roles, as in `roles`: a token needs one of them. */
  roles: readonly string[]
  /**
   * The client IDs of the apps.
   *
   * @default any that has one of the roles
   */
  clients?: readonly string[] | undefined
}

/** The options, checked and completed. */
export interface VerifierSettings extends AudienceSettings {
  readonly tenants: readonly string[] | 'any-organization'
  readonly scopes: readonly string[]
  readonly clients: readonly string[]
  readonly daemons: DaemonOptions | undefined
  readonly keepTokens: boolean
  readonly authority: string
  readonly fetch: typeof fetch
  readonly now: () => number
  readonly onRefused: NonNullable<VerifierOptions['onRefused']>
}

/**
 * The clients that Microsoft publishes for Teams, Outlook and the Microsoft 365 app, which pre-authorized tabs get their
 * tokens through. Source: Microsoft Learn, "Configure your tab app in Microsoft Entra ID".
 */
export const microsoftClients: readonly string[] = Object.freeze([
  '1fec8e78-bce4-4aaf-ab1b-5451cc387264', // Teams desktop and mobile
  '5e3ce6c0-2b1f-4285-8d4b-75ee78787346', // Teams web
  '4765445b-32c6-49b0-83e6-1d93765276ca', // Microsoft 365 web
  '0ec893e0-5785-4de6-99da-4ed124e5296c', // Microsoft 365 desktop
  'd3590ed6-52b3-4102-aeff-aad2292ab01c', // Microsoft 365 mobile, Outlook desktop
  'bc59ab01-8403-45c6-8796-ac3ef710b3e3', // Outlook web
  '27922004-5251-4030-b22d-91ecd9a37ea4', // Outlook mobile
])

const DEFAULT_SCOPE = 'access_as_user'
const EXAMPLE_ROLE = 'access_as_application'
const EXAMPLE_GUIDS = "['11111111-2222-3333-4444-555555555555']"

/** RFC 6749 §3.3: printable ASCII without space, quote and backslash. */
const scopeName = /^[!#-[\]-~]+$/
const verifierOptionNames =
  'clientId tenants audiences origins scopes clients daemons keepTokens authority fetch now onRefused'.split(' ')

/** @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example */
export function checkVerifierOptions(options: VerifierOptions): VerifierSettings {
  checkOptionNames(options, verifierOptionNames)
  const { clientId, audiences = [], scopes = [DEFAULT_SCOPE] } = options
  must('clientId', clientId, isGuid(clientId), GUID_RULE)
  mayBe('fetch', options.fetch, isFunction, 'a function, for example fetch')
  mayBe('now', options.now, isFunction, 'a function, for example Date.now')
  mayBe('onRefused', options.onRefused, isFunction, 'a function, for example console.warn')
  const id = clientId.toLowerCase()
  const tenants = options.tenants === 'any-organization' ? options.tenants : checkGuids('tenants', options.tenants)
  const origins = options.origins === undefined ? [] : checkOriginList(options.origins)
  return {
    clientId: id,
    tenants,
    audiences: checkTexts('audiences', audiences, { isValid: isNonBlank, example: `api://app.contoso.com/${id}` }),
    hosts: tenants === 'any-organization' ? origins.map((origin) => new URL(origin).host) : 'any',
    scopes: checkTexts('scopes', scopes, { isValid: isScopeName, example: DEFAULT_SCOPE, atLeast: 1 }),
    clients: options.clients === undefined ? [id, ...microsoftClients] : checkGuids('clients', options.clients),
    daemons: checkDaemons(options.daemons),
    keepTokens: oneOf('keepTokens', options.keepTokens, false, true),
    authority: checkIssuingAuthority(options.authority),
    fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
    now: options.now ?? (() => Date.now()),
    onRefused: options.onRefused ?? createDevelopmentLog('a token'),
  }
}

function checkDaemons(daemons: VerifierOptions['daemons']): DaemonOptions | undefined {
  if (daemons === undefined) return undefined
  must('daemons', daemons, isObject(daemons), `an object, for example { roles: ['${EXAMPLE_ROLE}'] }`)
  checkOptionNames(daemons, ['roles', 'clients'])
  const { roles, clients } = daemons
  return {
    roles: checkTexts('daemons.roles', roles, { isValid: isNonBlank, example: EXAMPLE_ROLE, atLeast: 1 }),
    clients: clients === undefined ? undefined : checkGuids('daemons.clients', clients),
  }
}

function checkGuids(option: string, value: unknown): readonly string[] {
  const isValid = Array.isArray(value) && value.length > 0 && value.every(isGuid)
  const expected = option === 'tenants' ? "a list of tenant GUIDs, or 'any-organization'" : 'a list of GUIDs'
  must(option, offending(value, isGuid), isValid, `${expected}, for example ${EXAMPLE_GUIDS}`)
  return Object.freeze(value.map((each: string) => each.toLowerCase()))
}

interface TextRule {
  readonly isValid: (value: unknown) => boolean
  readonly example: string
  readonly atLeast?: number
}

function checkTexts(option: string, value: unknown, { isValid, example, atLeast = 0 }: TextRule): readonly string[] {
  const isList = Array.isArray(value) && value.length >= atLeast && value.every(isValid)
  must(option, offending(value, isValid), isList, `a list of ${option}, for example ['${example}']`)
  return Object.freeze([...value])
}

/** The entry that is wrong, if the list itself is not. */
function offending(value: unknown, isValid: (value: unknown) => boolean): unknown {
  return Array.isArray(value) ? (value.find((each) => !isValid(each)) ?? value) : value
}

function checkIssuingAuthority(value: unknown = DEFAULT_AUTHORITY): string {
  const origin = parseOrigin(value)
  must(
    'authority',
    value,
    origin,
    `an https origin (http on loopback) without the tenant, for example ${DEFAULT_AUTHORITY}`,
  )
  const rule = whyNoAuthority(origin)
  must('authority', value, rule === undefined, `${rule}`)
  return origin
}

/** The long form, `api://<clientId>/access_as_user`, is what apps ask for; `scp` has the name alone. */
function isScopeName(value: unknown): boolean {
  return isNonBlank(value) && scopeName.test(value) && !value.includes('://')
}
