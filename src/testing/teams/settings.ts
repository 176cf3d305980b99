import type { TeamsFunction } from './functions.js'

/** Who is signed in to the host. */
export interface TeamsUser {
  readonly tenantId: string
  readonly objectId: string
  /** The sign-in name. */
  readonly username: string
  /**
   * The display name.
   *
   * @default none
   */
  readonly name?: string | undefined
  /**
   * What the context gives as `user.loginHint`.
   *
   * @default username
   */
  readonly loginHint?: string | undefined
}

export type TeamsTheme = 'default' | 'dark' | 'contrast' | 'glass'

/** Every message that hosts are known to reject `getAuthToken` with. teams-js has no list of its own. */
export const ssoFailures = [
  'resourceDisabled',
  'resourceRequiresConsent',
  'resourceRequiresMfa',
  'uiRequired',
  'tokenRevoked', // microsoft/teams-js#1343
  'renewalTimeout', // #532
  'Get Auth token failed', // #1473
  'Unexpected', // #2239
  'Cannot start retry fetch of ADAL tokens',
  'CancelledByUser', // #2239
  'FailedToOpenWindow',
  'App resource defined in manifest and iframe origin do not match',
  'Tab does not have the required permissions for this operation', // #69
  'Definition not found', // #675
  'Failed to get auth token due to resource error', // this and the next two: iOS
  'Failed to get auth token due to ADAL error',
  'Failed to get auth token due to user cancellation of consent flow',
] as const

export type SsoFailure = (typeof ssoFailures)[number]

/** What `getAuthToken` is answered with: a token, or a failure with this message, known or not. */
export type SsoAnswer = 'ok' | SsoFailure | (string & {})

/** What the app asked `getAuthToken` for. */
export interface SsoRequest {
  readonly silent: boolean
  readonly claims: readonly string[]
  readonly resources: readonly string[]
  readonly tenantId: string | undefined
}

/** Every status that the bridge of nested app auth can refuse with (msal-browser, `BridgeStatusCode`). */
export const nestedStatuses = [
  'USER_INTERACTION_REQUIRED',
  'USER_CANCEL',
  'NO_NETWORK',
  'TRANSIENT_ERROR',
  'PERSISTENT_ERROR',
  'DISABLED',
  'ACCOUNT_UNAVAILABLE',
  'NESTED_APP_AUTH_UNAVAILABLE',
] as const

export type NestedStatus = (typeof nestedStatuses)[number]

/** A refusal of nested app auth. */
export interface NestedFailure {
  readonly status: NestedStatus
  /**
   * The OAuth error, `invalid_grant` for example. Some hosts leave it empty.
   *
   * @default empty
   */
  readonly code?: string | undefined
  readonly subError?: string | undefined
  readonly description?: string | undefined
}

/** What the app asked the bridge for. */
export interface NestedRequest {
  readonly method: 'GetToken' | 'GetTokenPopup'
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly claims: string | undefined
}

export type ConsentAnswer = 'accept' | 'cancel'
export type SecondFactorAnswer = 'approve' | 'cancel'

/** How the host behaves. Everything can be changed while it runs, with `set()`. */
export interface TeamsSettings {
  readonly user: TeamsUser
  /**
   * The name of the host; `TeamsModern` is what Teams has called itself since 2023.
   *
   * @default TeamsModern
   */
  readonly hostName: 'TeamsModern' | 'Teams' | 'Outlook' | 'Office' | (string & {})
  /**
   * The kind of client.
   *
   * @default `web`, and `android` for `createMobileTeamsEmulator`
   */
  readonly clientType: 'web' | 'desktop' | 'android' | 'ios' | 'ipados' | (string & {})
  /**
   * Where the app is shown.
   *
   * @default content
   */
  readonly frameContext: 'content' | 'sidePanel' | 'settings' | 'remove' | 'task' | 'stage' | 'meetingStage'
  /**
   * The theme. A change is sent to an app that has registered for it.
   *
   * @default default
   */
  readonly theme: TeamsTheme
  /**
   * Members of the context beside those that the settings give, in the flat form of the wire.
   *
   * @default none
   */
  readonly context: Readonly<Record<string, unknown>>
  /**
   * How `getAuthToken` is answered.
   *
   * @default ok
   */
  readonly sso: SsoAnswer | ((request: SsoRequest) => SsoAnswer | Promise<SsoAnswer>)
  /**
   * Whether to keep the token of Teams SSO until it expires, as hosts do; an app cannot force a new one.
   *
   * @default true
   */
  readonly cacheTokens: boolean
  /**
   * Whether the host recommends nested app auth, and whether it offers the bridge.
   *
   * @default both
   */
  readonly nested: { readonly recommended: boolean; readonly bridge: boolean }
  /**
   * How the bridge refuses tokens.
   *
   * @default it does not
   */
  readonly nestedFailure: NestedFailure | ((request: NestedRequest) => NestedFailure | undefined) | undefined
  /**
   * Whether the bridge names the account at the start, which lets MSAL use its cache after a reload.
   *
   * @default true
   */
  readonly accountContext: boolean
  /**
   * The host name of the authority that accounts belong to.
   *
   * @default login.microsoftonline.com
   */
  readonly environment: string
  /**
   * What the user does when asked for consent.
   *
   * @default accept
   */
  readonly consent: ConsentAnswer | (() => Promise<ConsentAnswer>)
  /**
   * What the user does when a window of the host asks for a second factor.
   *
   * @default approve
   */
  readonly secondFactor: SecondFactorAnswer | (() => Promise<SecondFactorAnswer>)
  /**
   * How long each answer takes on its way, in milliseconds.
   *
   * @default 0
   */
  readonly latencyMs: number
  /**
   * Whether nothing at all is answered.
   *
   * @default false
   */
  readonly silent: boolean
  /**
   * Functions that are never answered.
   *
   * @default none
   */
  readonly mute: Iterable<TeamsFunction>
  /**
   * The order of the answer to `initialize`. `teams`: as Teams sends it. `typed`: as the types of teams-js have it;
   * nested app auth is then recommended and its bridge missing. `legacy`: without a runtime.
   *
   * @default teams
   */
  readonly replyOrder: 'teams' | 'typed' | 'legacy'
  /**
   * Whether answers carry the UUID of the request.
   *
   * @default true
   */
  readonly echoUuid: boolean
  /**
   * The version of the runtime. One that is too new makes teams-js fail.
   *
   * @default the newest that both sides know
   */
  readonly apiVersion: number | undefined
  /**
   * Whether `notifySuccess()` is answered; teams-js waits for it then.
   *
   * @default false
   */
  readonly notifySuccessResponse: boolean
}

/** Some of the settings. `undefined` stands for the default. */
export type TeamsSettingsChanges = { readonly [K in keyof TeamsSettings]?: TeamsSettings[K] | undefined }
