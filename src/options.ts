import type { AuthEvent } from './events.js'
import type { HostHints } from './page/host.js'
import { DEFAULT_AUTHORITY, isTrustworthy, parseUrl } from './shared/origins.js'
import { parseResource, type Resource } from './shared/resources.js'
import { checkScopes, GUID_RULE, isGuid, isNonBlank, isObject, mayBe, must, oneOf } from './shared/validate.js'
import type { ConsentRequest, StepUpRequest } from './user-requests.js'

/** An address that `auth.fetch` sends the token to, with all paths below it. */
export type ProtectedResource =
  | string
  | {
      url: string
      /** Scopes of the token. @default `AuthOptions.scopes` */
      scopes?: string[] | undefined
      /**
       * Whether a call goes out without a token where nobody is signed in, for what everybody may read: the state is
       * `signed-out`, or `failed` for good. It waits for the start. A call that was made while somebody was signed in carries
       * the token or rejects. List it before a resource that it lies in. @default false
       */
      optional?: boolean | undefined
    }

/**
 * The options of `createAuth()`.
 *
 * @example
 * ```ts
 * const auth = createAuth({
 *   clientId: '00000000-0000-0000-0000-000000000000',
 *   tenant: 'contoso.com',
 *   scopes: ['api://app.contoso.com/<clientId>/access_as_user'],
 *   protectedResources: ['/api', 'https://api.contoso.com/v1'],
 * })
 * ```
 */
export interface AuthOptions {
  /** The application (client) ID of your app registration: a GUID. */
  clientId: string
  /**
   * The tenant whose accounts may sign in: its GUID, a verified domain, `organizations` or `common`. Name yours where
   * you can: only then does a guest have the same identity in the browser and in Teams.
   */
  tenant: string
  /**
   * Scopes of your own API, in their long form: `['api://app.contoso.com/<clientId>/access_as_user']`. A name alone is
   * refused, unless it is one of Microsoft Graph, such as `User.Read`.
   */
  scopes: string[]
  /**
   * The authority, without path or tenant. For sovereign clouds and tests.
   *
   * @default 'https://login.microsoftonline.com'
   */
  authority?: string | undefined
  /** The sign-in name of the account to prefer. @default undefined */
  loginHint?: string | undefined
  /**
   * What the app declares to Entra ID that it can do, by MSAL. `CP1`: it handles the claims challenges of every API that it calls.
   * APIs with continuous access evaluation, such as Microsoft Graph, then take a token back at once, and give it up to 28 hours.
   * `auth.fetch` and `keepSession` handle challenges; whatever else you give a token to has to as well. By Teams SSO the host
   * asks, and declares what it likes.
   *
   * @default none
   */
  clientCapabilities?: 'CP1'[] | undefined
  /**
   * What `account` says beyond who it is, as far as the token has it: `roles`, `groups`, and claims to show, such as `given_name`,
   * in `account.claims`. The app registration puts them into the access token of your API, or into the ID token. All of it is for
   * display and never for decisions, which belong to the server. Claims of the protocol, such as `nonce` or `uti`, are refused.
   *
   * @default none
   */
  accountClaims?: string[] | undefined
  /**
   * Where `auth.fetch` sends the token: URLs, relative ones included, each with the paths below it. The first that fits counts.
   * An entry with `scopes` gets a token for those instead; one that is `optional` is called without a token where nobody is
   * signed in.
   *
   * @default the origin of this page
   */
  protectedResources?: ProtectedResource[] | undefined
  /**
   * What to do in a browser with nobody signed in. `never`: leave it to `signIn()`. `silent`: one redirect without any
   * page of Entra ID's (`prompt=none`), once per tab. `always`: one redirect to the sign-in page. Neither ever happens
   * in a frame, offline, twice within 30 seconds, or after `signOut()`.
   *
   * @default 'never'
   */
  autoSignIn?: 'never' | 'silent' | 'always' | undefined
  /** What is known of the hosts beforehand. @default detects the hosts of Microsoft */
  host?: HostHints | undefined
  teams?:
    | {
        /**
         * `sso` uses `getAuthToken`, `nested` nested app auth. `auto` takes the first for `scopes`, the second for others.
         *
         * @default 'auto'
         */
        method?: 'auto' | 'sso' | 'nested' | undefined
        /** Whether to tell Teams that the page has loaded, which hides its loading indicator. @default true */
        notifyLoaded?: boolean | undefined
      }
    | undefined
  browser?:
    | {
        /**
         * A page of this origin that creates the `Auth`, registered as a SPA redirect URI.
         *
         * @default the origin and `/`
         */
        redirectUri?: string | undefined
        /** Where Entra ID leads after `signOut({ entra: true })`. @default `redirectUri` */
        postLogoutRedirectUri?: string | undefined
        /** Where MSAL keeps its tokens: for the tab, or for all tabs. @default 'sessionStorage' */
        cacheLocation?: 'sessionStorage' | 'localStorage' | undefined
        /** Merged deeply into MSAL's `Configuration`. @default {} */
        msal?: object | undefined
        /**
         * The `PublicClientApplication` that the app has already, for msal-react, msal-angular or calls of its own. It is
         * used for everything in a browser, with its own cache and configuration, and so no other option of `browser` can
         * stand beside it. Its client ID and authority have to be those of `clientId`, `authority` and `tenant`, and its
         * `redirectUri` a page that creates the `Auth`.
         *
         * The app initializes it, as `MsalProvider` and `MsalService` do, before or after `createAuth()`. Whoever signs in or
         * out with it, does so in `auth` too, and the other way round.
         *
         * @default a client of its own
         */
        client?: MsalClient | undefined
      }
    | undefined
  /**
   * A page of this origin that calls `runPopup()` of `twodoor/popup`, registered as a SPA redirect URI: see docs/popup.md. With
   * it a host that cannot ask for consent by itself has a pop-up for that, and in a browser `signIn({ popup: true })` does not
   * leave the page.
   *
   * @default no pop-ups
   */
  popupPage?: string | undefined
  /** What `auth.fetch` sends its requests with. @default the `fetch` of the page at the time of `createAuth()` */
  fetch?: typeof fetch | undefined
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: (() => number) | undefined
  /** Called with what happens, for logs and metrics. No event carries a token. @default undefined */
  onEvent?: ((event: AuthEvent) => void) | undefined
  /**
   * Called where a call of `auth.fetch` needs the consent of the user to what the server does on their behalf (`refusal.consent` of
   * `twodoor/server`). Show a button that calls `signIn({ scopes })`, and resolve once that is done: the call is repeated. If
   * it rejects, the caller gets the 403 itself. Several calls at once share one question.
   *
   * @default the caller gets the 403
   */
  onConsent?: ((request: ConsentRequest) => unknown) | undefined
  /**
   * Called where an endpoint wants more than the sign-in and a call of `auth.fetch` cannot get it without the user: a second
   * factor, as a rule (an authentication context of Conditional Access). The user stays signed in. Show a button that calls
   * `signIn({ claims, scopes })`, and resolve once that is done: the call is repeated. If it rejects, the call rejects with the
   * `AuthError`, which has the `claims`. A browser leaves the page for it. Several calls at once share one question.
   *
   * @default the call rejects with the `AuthError`
   */
  onStepUp?: ((request: StepUpRequest) => unknown) | undefined
}

/** What every `PublicClientApplication` of MSAL 4 and 5 has, `IPublicClientApplication` too. */
export interface MsalClient {
  initialize(): Promise<void>
  getConfiguration(): { auth: { clientId: string; authority?: string | undefined; redirectUri?: string | undefined } }
}

/** The options, checked and completed. */
export interface Settings {
  readonly clientId: string
  readonly tenant: string
  readonly scopes: readonly string[]
  readonly authority: string
  readonly loginHint: string | undefined
  readonly clientCapabilities: string[] | undefined
  readonly accountClaims: readonly string[] | undefined
  readonly resources: Resource[]
  readonly autoSignIn: 'never' | 'silent' | 'always'
  readonly host: HostHints & { readonly origins: readonly string[] }
  readonly method: 'auto' | 'sso' | 'nested'
  readonly notifyLoaded: boolean
  readonly redirectUri: string
  readonly postLogoutRedirectUri: string
  readonly popupPage: string | undefined
  readonly cacheLocation: 'sessionStorage' | 'localStorage'
  readonly msal: object
  readonly client: MsalClient | undefined
}

const domain = /^([a-z\d]([a-z\d-]*[a-z\d])?\.)+[a-z][a-z\d-]*[a-z\d]$/i

/**
 * Checks every option and fills in what is left out.
 *
 * @param page the URL of the page, or `undefined` on a server
 * @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example
 */
export function checkOptions(options: AuthOptions, page: string | undefined): Settings {
  checkNames(
    'options',
    options,
    'clientId tenant scopes authority loginHint clientCapabilities accountClaims protectedResources autoSignIn host teams browser fetch now onEvent onConsent onStepUp popupPage',
  )
  const { clientId, tenant, loginHint, clientCapabilities, accountClaims, popupPage } = options
  const { host = {}, teams = {}, browser = {} } = options
  checkNames('host', host, 'kind origins marker')
  checkNames('teams', teams, 'method notifyLoaded')
  checkNames(
    'browser',
    browser,
    browser?.client === undefined ? 'client redirectUri postLogoutRedirectUri cacheLocation msal' : 'client',
  )
  mayBe('browser.client', browser.client, isObject, 'a PublicClientApplication of MSAL')
  must('clientId', clientId, isGuid(clientId), GUID_RULE)
  must('tenant', tenant, isTenant(tenant), 'a GUID, a domain, organizations or common, for example contoso.com')
  mayBe('loginHint', loginHint, isNonBlank, 'a sign-in name, for example adele@contoso.com')
  mayBe(
    'clientCapabilities',
    clientCapabilities,
    (list) => Array.isArray(list) && list.length === 1 && list[0] === 'CP1',
    "a list, for example ['CP1']",
  )
  mayBe(
    'accountClaims',
    accountClaims,
    (list) => Array.isArray(list) && list.every(isNonBlank),
    "a list, for example ['roles', 'given_name']",
  )
  for (const name of ['fetch', 'now', 'onEvent', 'onConsent', 'onStepUp'] as const)
    mayBe(name, options[name], (value) => typeof value === 'function', 'a function, for example Date.now')
  mayBe('host.marker', host.marker, isNonBlank, 'a query parameter, for example inTeams')
  mayBe('browser.msal', browser.msal, isObject, 'an object, for example {}')
  if (host.kind !== undefined) oneOf('host.kind', host.kind, 'browser', 'teams')
  const authority = checkAuthority(options.authority)
  const redirectUri = checkPage('browser.redirectUri', page, '/', browser.redirectUri)
  return {
    clientId: clientId.toLowerCase(),
    tenant: tenant.toLowerCase(),
    loginHint,
    clientCapabilities,
    accountClaims: accountClaims && [...accountClaims],
    authority,
    redirectUri,
    scopes: checkScopes('scopes', options.scopes),
    resources: checkResources(options.protectedResources, page, authority),
    autoSignIn: oneOf('autoSignIn', options.autoSignIn, 'never', 'silent', 'always'),
    host: { ...host, origins: checkOrigins(host.origins) },
    method: oneOf('teams.method', teams.method, 'auto', 'sso', 'nested'),
    notifyLoaded: oneOf('teams.notifyLoaded', teams.notifyLoaded, true, false),
    popupPage: popupPage === undefined ? popupPage : checkPage('popupPage', page, popupPage),
    postLogoutRedirectUri: checkPage('browser.postLogoutRedirectUri', page, redirectUri, browser.postLogoutRedirectUri),
    cacheLocation: oneOf('browser.cacheLocation', browser.cacheLocation, 'sessionStorage', 'localStorage'),
    msal: browser.msal ?? {},
    client: browser.client,
  }
}

/** Makes a resource of one more URL, as {@link AuthOptions.protectedResources} would. */
export function checkResource(
  option: string,
  value: unknown,
  page: string | undefined,
  { scopes, optional }: { scopes?: unknown; optional?: unknown } = {},
): Resource {
  const url = parseUrl(value, page)
  const expected = 'an https URL without *, ?, # or password (http on loopback)'
  must(option, value, url && isTrustworthy(url, page), `${expected}, for example https://api.contoso.com/v1`)
  return parseResource(url.href, url.href, {
    scopes: scopes === undefined ? undefined : checkScopes(`${option}.scopes`, scopes),
    optional: oneOf(`${option}.optional`, optional as boolean | undefined, false, true) || undefined,
  })
}

/** Checks the list of {@link AuthOptions.protectedResources}. */
export function checkResources(list: unknown, page: string | undefined, authority = DEFAULT_AUTHORITY): Resource[] {
  if (list === undefined) return page ? [parseResource('/', page)] : []
  must('protectedResources', list, Array.isArray(list), "a list, for example ['/api']")
  return Array.from(list, (entry: unknown, i) => {
    const option = `protectedResources[${i}]`
    if (isObject(entry)) checkNames('protectedResources', entry, 'url scopes optional')
    const details = (isObject(entry) ? entry : { url: entry }) as { url: unknown; scopes?: unknown; optional?: unknown }
    const { url } = details
    const resource = checkResource(option, url, page, details)
    must(
      option,
      url,
      resource.origin !== new URL(authority).origin,
      'another place than the authority, for example /api',
    )
    return resource
  })
}

function checkAuthority(value: unknown = DEFAULT_AUTHORITY): string {
  const url = parseUrl(value)
  const isAuthority = url?.protocol === 'https:' && url.pathname === '/'
  must('authority', value, isAuthority, `an https URL without path or tenant, for example ${DEFAULT_AUTHORITY}`)
  return url.origin
}

function checkOrigins(origins: unknown = []): string[] {
  must('host.origins', origins, Array.isArray(origins), "a list, for example ['https://host.example']")
  return Array.from(origins, (value: unknown, i) => {
    const url = parseUrl(value)
    const isOrigin = url?.pathname === '/' && isTrustworthy(url)
    must(`host.origins[${i}]`, value, isOrigin, 'an https origin (http on loopback), for example https://host.example')
    return url.origin
  })
}

/** A page of this origin. On a server there is none to compare with. */
function checkPage(option: string, page: string | undefined, otherwise: string, value: unknown = otherwise): string {
  if (!page && isNonBlank(value)) return value
  const url = parseUrl(value, page, true)
  const isHere = page && url?.origin === new URL(page).origin
  must(option, value, isHere, 'a page of this origin without #, for example /signed-in.html')
  return url.href
}

/** Refuses names that are none of `names`: they may be misspelt. */
function checkNames(section: string, value: unknown, names: string): void {
  const known = names.split(' ')
  must(section, value, isObject(value), `an object, for example { ${known[0]}: … }`)
  for (const name of Object.keys(value as object))
    must(section, name, known.includes(name), `made of ${known.join(', ')}, for example ${known[0]}`)
}

function isTenant(value: unknown): boolean {
  return isNonBlank(value) && (isGuid(value) || domain.test(value) || value === 'organizations' || value === 'common')
}
