import type { EntraUser } from './users.js'

/** Seconds that things live. Change them at any time: what is issued from then on lives as long as they say. */
export interface EntraLifetimes {
  /**
   * An access token.
   *
   * @default 3600
   */
  accessToken: number
  /**
   * An access token for a client that declares `CP1` (continuous access evaluation).
   *
   * @default 86400
   */
  continuousAccessToken: number
  /**
   * A refresh token, from the sign-in on: a renewal does not extend it, as for every single-page app.
   *
   * @default 86400
   */
  refreshToken: number
  /**
   * An authorization code.
   *
   * @default 600
   */
  code: number
}

export interface EntraEmulatorOptions {
  /**
   * Where browsers reach the emulator: an origin, `https`, or `http` on loopback. The default is for tests that map
   * this name to the emulator.
   *
   * @default https://login.microsoftonline.com
   */
  url?: string | undefined
  /**
   * The tenant ID: a GUID.
   *
   * @default 11111111-2222-4333-8444-555555555555
   */
  tenant?: string | undefined
  /**
   * A domain of the tenant, which endpoints take for its ID.
   *
   * @default contoso.example
   */
  domain?: string | undefined
  /**
   * The application (client) ID of the app, which is the API too: a GUID.
   *
   * @default c1111111-2222-4333-8444-555555555555
   */
  clientId?: string | undefined
  /**
   * The scopes that the API offers, in their long form.
   *
   * @default ['api://app.example/<clientId>/access_as_user']
   */
  scopes?: readonly string[] | undefined
  /**
   * Where the emulator may send codes: a list, compared exactly, or a rule. Anything else is refused with
   * `AADSTS50011`.
   *
   * @default any page on loopback (`localhost`, `*.localhost`, `127.0.0.0/8`, `[::1]`)
   */
  redirectUris?: readonly string[] | ((redirectUri: URL) => boolean) | undefined
  /**
   * Makes the app a web app too, whose server redeems codes.
   *
   * @default it is a single-page app alone
   */
  web?: EntraWebApp | undefined
  /**
   * Makes the app a mobile or desktop app too, which redeems codes without a secret and without an `Origin`.
   *
   * @default it is a single-page app alone
   */
  publicClient?: EntraPublicClient | undefined
  /**
   * Who can sign in.
   *
   * @default Adele, Alex, and Megan, who is a guest
   */
  users?: readonly EntraUser[] | undefined
  /**
   * The app roles that the server of the app has for its own API: what `roles` has in its tokens without a user
   * (`client_credentials`).
   *
   * @default none: such a token is refused with `AADSTS501051`
   */
  daemonRoles?: readonly string[] | undefined
  /**
   * What an app registration calls `requestedAccessTokenVersion`. Version 1.0 tokens have the Application ID URI in
   * `aud`, 2.0 tokens the client ID.
   *
   * @default 1, as at Entra ID
   */
  accessTokenVersion?: 1 | 2 | undefined
  /**
   * The lifetimes to change.
   *
   * @default see {@link EntraLifetimes}
   */
  lifetimes?: Partial<EntraLifetimes> | undefined
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default Date.now
   */
  now?: (() => number) | undefined
}

/** The platform "Web" of an app registration: a confidential client, with or without PKCE, also with `code id_token`. */
export interface EntraWebApp {
  /** Where the emulator may send codes that need the secret, compared exactly. */
  redirectUris: readonly string[]
  /** What the server must know to redeem them. */
  clientSecret: string
  /**
   * Certificates in PEM, whose keys the server may sign a `client_assertion` with in place of the secret.
   *
   * @default none
   */
  certificates?: readonly string[] | undefined
}

/** The platform "Mobile and desktop applications" of an app registration, with or without PKCE. */
export interface EntraPublicClient {
  /**
   * Where the emulator may send codes that need no secret, compared exactly, except that any port will do on loopback
   * (RFC 8252, section 7.3): `http://localhost` is what MSAL, for one, listens at.
   */
  redirectUris: readonly string[]
}
