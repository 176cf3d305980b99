// A page that shares its origin: one or more Auths, and apps beside them that use MSAL without twodoor.

import { type AccountInfo, type AuthenticationResult, PublicClientApplication } from '@azure/msal-browser'
import { type Auth, type AuthOptions, createAuth, isAuthError } from '../../../src/index.js'

export interface TabsConfig {
  options: AuthOptions
  /** How many Auths the page has. Default: 1. */
  count?: number
  /** The client ID of an app beside them. Default: none. */
  plain?: string
  /** A second client ID of twodoor's. Default: none. */
  second?: string
  /** Disposes of the Auths at once and makes others, as React's StrictMode does. */
  strict?: boolean
}

class Tabs {
  auths: Auth[]
  readonly second: Auth | undefined
  /** What `handleRedirectPromise` of the app beside us came to. */
  readonly landed: Promise<AuthenticationResult | null> | undefined
  readonly plain: Promise<PublicClientApplication> | undefined

  constructor({ options, count = 1, plain, second, strict }: TabsConfig) {
    this.auths = Array.from({ length: count }, () => createAuth(options))
    if (strict) this.replace(options)
    if (second) this.second = createAuth({ ...options, clientId: second, scopes: [scopeOf(second)] })
    if (!plain) return
    const { tenant, browser } = options
    const authority = `https://login.microsoftonline.com/${tenant}`
    const cacheLocation = browser?.cacheLocation ?? 'sessionStorage'
    const auth = { clientId: plain, authority, redirectUri: `${location.origin}/` }
    const client = new PublicClientApplication({ auth, cache: { cacheLocation } })
    this.plain = client.initialize().then(() => client)
    this.landed = this.plain.then((client) => client.handleRedirectPromise())
  }

  /** Disposes of the Auths and makes as many others, which are without an account to begin with. */
  replace(options: AuthOptions): void {
    for (const auth of this.auths) auth.dispose()
    this.auths = this.auths.map(() => createAuth(options))
  }

  get auth(): Auth {
    return this.auths[0] as Auth
  }

  get states(): string[] {
    return this.auths.map(({ state }) => (state.status === 'signed-out' ? state.reason : state.status))
  }

  get names(): (string | undefined)[] {
    return this.auths.map(({ state }) => ('account' in state ? state.account?.username : undefined))
  }

  async tokens(): Promise<string[]> {
    return Promise.all(this.auths.map(async (auth) => (await auth.getToken()).token))
  }

  async codeOf(call: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await call()
      return undefined
    } catch (error) {
      return isAuthError(error) ? error.code : String(error)
    }
  }

  async plainAccounts(): Promise<AccountInfo[]> {
    return (await this.plain)?.getAllAccounts() ?? []
  }

  plainRedirect(clientId: string): void {
    void this.plain?.then((client) =>
      client.acquireTokenRedirect({ scopes: [scopeOf(clientId)], prompt: 'select_account' }),
    )
  }

  /** What MSAL keeps of a client ID, by the names of its entries. */
  entries(clientId: string): string[] {
    const keys = [...Object.keys(localStorage), ...Object.keys(sessionStorage)]
    return keys.filter((key) => key.startsWith('msal.') && key.includes(`token|${clientId}|`))
  }
}

function scopeOf(clientId: string): string {
  return `api://app.example/${clientId}/access_as_user`
}

declare global {
  interface Window {
    tabs: Tabs
    tabsConfig: TabsConfig
  }
}

window.tabs = new Tabs(window.tabsConfig)
