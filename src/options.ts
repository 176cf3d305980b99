import type { AuthEvent } from './events.js'
import type { HostHints } from './page/host.js'
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
