// MSAL as twodoor knows it: its entries in storage under their real names, its copy of localStorage in memory, which lags
// behind other tabs, and its way of failing. It sends its requests with twodoor's network client. The real one is in the
// tests of test/e2e.

import type { Clock } from './clock.js'
import { CLIENT_ID, type Entra, TENANT } from './entra.js'
import { AUTHORITY } from './network.js'
import type { Origin, Page } from './origin.js'
import type { User } from './sequence.js'

const ENVIRONMENT = 'login.microsoftonline.com'
const ACCOUNT_KEYS = 'msal.3.account.keys'
const TOKEN_KEYS = `msal.3.token.keys.${CLIENT_ID}`
const ACTIVE = `msal.${CLIENT_ID}.active-account-filters`
const REQUEST = `msal.${CLIENT_ID}.request.params`
const INTERACTION = 'msal.interaction.status'
const ONLY_CACHE = 1
/** Of the encryption of an entry. */
const MOMENT_MS = 1

export interface MsalAccount {
  readonly homeAccountId: string
  readonly localAccountId: User
  readonly tenantId: string
  readonly username: string
  readonly environment: string
}

/** The page that a client belongs to, given to it within `browser.msal`. */
export class Place {
  readonly page: Page
  readonly window: Window
  readonly navigate: (to: string) => void

  constructor(page: Page, window: Window, navigate: (to: string) => void) {
    this.page = page
    this.window = window
    this.navigate = navigate
  }
}

interface Configuration {
  readonly cache: { readonly cacheLocation: 'localStorage' | 'sessionStorage' }
  readonly system: {
    readonly networkClient: {
      sendPostRequestAsync(url: string, options: object): Promise<{ status: number; body: Record<string, unknown> }>
    }
  }
  readonly place: Place
}

interface SilentRequest {
  readonly scopes: readonly string[]
  readonly account: MsalAccount
  readonly forceRefresh?: boolean
  readonly cacheLookupPolicy?: number
  readonly claims?: string
  readonly storeInCache?: { accessToken: boolean; idToken: boolean; refreshToken: boolean }
}

export interface MsalParts {
  readonly clock: Clock
  readonly entra: Entra
  readonly origin: Origin
}

function failure(name: string, errorCode: string, more: object = {}): Error {
  return Object.assign(new Error(errorCode), { name, errorCode, ...more })
}

export function accountOfUser(user: User): MsalAccount {
  return {
    homeAccountId: `${user}.home`,
    localAccountId: user,
    tenantId: TENANT,
    username: `${user}@contoso.com`,
    environment: ENVIRONMENT,
  }
}

const prefixOf = (user: User) => `msal.3|${user}.home|${ENVIRONMENT}|`
const accountKey = (user: User) => `${prefixOf(user)}${TENANT}`
const tokenKey = (user: User, kind: string, scopes = '') =>
  `${prefixOf(user)}${kind}|${CLIENT_ID}|${TENANT}|${scopes.toLowerCase()}|`

/** The user whose account is the active one in this storage. */
export function activeUser(area: ReadonlyMap<string, string>): User | undefined {
  const user = JSON.parse(area.get(ACTIVE) ?? 'null')?.localAccountId as User | undefined
  return user && area.has(accountKey(user)) ? user : undefined
}

/** Whether the account of this user is stored. */
export function hasAccount(area: ReadonlyMap<string, string>, user: User): boolean {
  return area.has(accountKey(user))
}

/** Whether MSAL finds the account: it looks only for those in its list. */
export function isAccountListed(area: ReadonlyMap<string, string>, user: User): boolean {
  return JSON.parse(area.get(ACCOUNT_KEYS) ?? '[]').includes(accountKey(user))
}

/** The secrets of twodoor's client ID that are stored. */
export function secretsIn(area: ReadonlyMap<string, string>): string[] {
  return [...area.keys()].filter((key) => key.includes('token|') && key.includes(CLIENT_ID))
}

export function createMsal({ clock, entra, origin }: MsalParts) {
  const moment = () => new Promise<void>((resolve) => void clock.set(resolve, MOMENT_MS))

  class PublicClientApplication {
    readonly configuration: Configuration
    readonly memory = new Map<string, string>()
    readonly place: Place
    readonly events: InstanceType<Origin['Channel']>
    readonly updates: InstanceType<Origin['Channel']>
    isInMemory = false

    constructor(configuration: Configuration) {
      this.configuration = configuration
      this.place = configuration.place
      const open = (name: string) =>
        origin.as(this.place.page, () => new globalThis.BroadcastChannel(name)) as unknown as typeof this.events
      this.events = open('msal.broadcast.event')
      this.updates = open('msal.broadcast.cache')
    }

    get isShared(): boolean {
      return this.configuration.cache.cacheLocation === 'localStorage' && !this.isInMemory
    }

    area(): Storage | undefined {
      if (this.isInMemory) return undefined
      const { localStorage, sessionStorage } = this.place.window
      return this.isShared ? localStorage : sessionStorage
    }

    async initialize(): Promise<void> {
      await moment()
      try {
        this.area()
      } catch {
        this.isInMemory = true
      }
      if (!this.isShared) return
      const keys = this.keys(TOKEN_KEYS).concat(this.keys(ACCOUNT_KEYS))
      for (const key of keys) {
        const value = this.area()?.getItem(key)
        if (value) this.memory.set(key, value)
      }
      await moment()
      this.updates.onmessage = ({ data }) => {
        const { key, value } = data as { key: string; value: string | null }
        void moment().then(() => (value === null ? this.memory.delete(key) : this.memory.set(key, value)))
      }
    }

    keys(list: string): string[] {
      const storage = this.area()
      if (!storage) return [...this.memory.keys()].filter((key) => key.includes('token|') === (list === TOKEN_KEYS))
      return JSON.parse(storage.getItem(list) ?? '[]')
    }

    /** What is not in memory is taken for gone, and removed. */
    read(list: string, key: string): string | undefined {
      if (this.isInMemory) return this.memory.get(key)
      const isListed = this.keys(list).includes(key)
      if (!isListed) return undefined
      const value = this.isShared ? this.memory.get(key) : this.area()?.getItem(key)
      if (value) return value
      this.remove(list, key)
      return undefined
    }

    write(list: string, key: string, value: string): void {
      const storage = this.area()
      try {
        storage?.setItem(key, value)
        if (!this.keys(list).includes(key)) storage?.setItem(list, JSON.stringify([...this.keys(list), key]))
      } catch {
        throw failure('CacheError', 'cache_quota_exceeded')
      }
      if (!this.isShared && storage) return
      this.memory.set(key, value)
      if (this.isShared) this.updates.postMessage({ key, value })
    }

    remove(list: string, key: string): void {
      const storage = this.area()
      storage?.removeItem(key)
      this.memory.delete(key)
      storage?.setItem(list, JSON.stringify(this.keys(list).filter((each) => each !== key)))
      if (this.isShared) this.updates.postMessage({ key, value: null })
    }

    getAllAccounts(): MsalAccount[] {
      const accounts = this.keys(ACCOUNT_KEYS).map((key) => this.read(ACCOUNT_KEYS, key))
      return accounts.filter((each) => each !== undefined).map((each) => JSON.parse(each))
    }

    getActiveAccount(): MsalAccount | null {
      const text = this.isInMemory ? this.memory.get(ACTIVE) : this.area()?.getItem(ACTIVE)
      const { localAccountId } = JSON.parse(text ?? '{}')
      return this.getAllAccounts().find((each) => each.localAccountId === localAccountId) ?? null
    }

    setActiveAccount(account: MsalAccount | null): void {
      const storage = this.area()
      try {
        if (account && storage) storage.setItem(ACTIVE, JSON.stringify(account))
      } catch {
        throw failure('CacheError', 'cache_quota_exceeded')
      }
      if (account && !storage) this.memory.set(ACTIVE, JSON.stringify(account))
      if (!account) storage?.removeItem(ACTIVE)
      this.events.postMessage('msal:activeAccountChanged')
    }

    async acquireTokenSilent(request: SilentRequest): Promise<object> {
      const { scopes, account, forceRefresh, cacheLookupPolicy, claims } = request
      const user = account.localAccountId
      await moment()
      const kept = this.read(TOKEN_KEYS, tokenKey(user, 'accesstoken', scopes.join(' ')))
      const { token, expiresOn } = JSON.parse(kept ?? '{}')
      if (token && !forceRefresh && !claims && expiresOn > Date.now() + 60_000)
        return { ...this.result(account, scopes, token, expiresOn), fromCache: true }
      if (cacheLookupPolicy === ONLY_CACHE) throw failure('ClientAuthError', 'token_refresh_required')
      const refreshToken = this.read(TOKEN_KEYS, tokenKey(user, 'refreshtoken'))
      if (!refreshToken) {
        entra.noteRefusal(claims)
        throw failure('InteractionRequiredAuthError', 'no_tokens_found')
      }
      const { grant } = JSON.parse(refreshToken)
      return this.redeem(user, { user, grant, scopes, ...(claims && { claims }) }, request.storeInCache)
    }

    async redeem(user: User, asked: object, store?: SilentRequest['storeInCache']): Promise<object> {
      const { networkClient } = this.configuration.system
      const body = JSON.stringify(asked)
      const answer = await networkClient.sendPostRequestAsync(`${AUTHORITY}/token`, { body }).catch(() => {
        throw failure('NetworkError', 'post_request_failed')
      })
      const { error, suberror, access_token: token, serial, expires_at: expiresAt } = answer.body
      if (error) throw failure('ServerError', String(error), { status: answer.status, subError: suberror })
      const { scopes } = asked as { scopes: readonly string[] }
      // `expires_in` is counted from now on by the clock of the machine.
      const expiresOn = Date.now() + Number(expiresAt) - clock.trueTime()
      await moment()
      const account = accountOfUser(user)
      const lastUpdatedAt = String(Date.now())
      const save = (list: string, key: string, value: object) =>
        this.write(list, key, JSON.stringify({ ...value, lastUpdatedAt }))
      save(ACCOUNT_KEYS, accountKey(user), account)
      if (store?.idToken !== false) save(TOKEN_KEYS, tokenKey(user, 'idtoken'), { user })
      await moment()
      if (store?.accessToken !== false)
        save(TOKEN_KEYS, tokenKey(user, 'accesstoken', scopes.join(' ')), { token, expiresOn })
      if (store?.refreshToken !== false) save(TOKEN_KEYS, tokenKey(user, 'refreshtoken'), { grant: serial })
      return this.result(account, scopes, String(token), expiresOn)
    }

    result(account: MsalAccount, scopes: readonly string[], accessToken: string, expiresOn: number): object {
      const idTokenClaims = { tid: TENANT, oid: account.localAccountId }
      return { accessToken, expiresOn: new Date(expiresOn), scopes: [...scopes], account, idTokenClaims }
    }

    async acquireTokenRedirect(request: { scopes: readonly string[]; state: string; prompt?: string }): Promise<void> {
      const { sessionStorage } = this.place.window
      if (sessionStorage.getItem(INTERACTION)) throw failure('BrowserAuthError', 'interaction_in_progress')
      sessionStorage.setItem(INTERACTION, CLIENT_ID)
      sessionStorage.setItem(REQUEST, JSON.stringify(request))
      await moment()
      const { state, prompt = '' } = request
      this.place.navigate(`${AUTHORITY}/authorize?${new URLSearchParams({ state: `lib|${state}`, prompt })}`)
    }

    async handleRedirectPromise({ hash }: { hash: string }): Promise<object | null> {
      const { sessionStorage } = this.place.window
      const request = sessionStorage.getItem(REQUEST)
      sessionStorage.removeItem(REQUEST)
      sessionStorage.removeItem(INTERACTION)
      if (!request) throw failure('ClientAuthError', 'state_mismatch')
      const response = new URLSearchParams(hash)
      const error = response.get('error')
      if (error) throw failure('ServerError', error)
      const { scopes } = JSON.parse(request)
      const user = response.get('code') as User
      const result = await this.redeem(user, { user, grant: entra.lastSerial() + 1, scopes })
      entra.noteSignedIn()
      this.events.postMessage('msal:loginSuccess')
      return result
    }

    async logoutRedirect({ state }: { state: string }): Promise<void> {
      await moment()
      this.place.navigate(`${AUTHORITY}/logout?${new URLSearchParams({ state: `lib|${state}` })}`)
    }

    /** Of another app with the same client ID. */
    async signInDirectly(user: User, scopes: readonly string[]): Promise<void> {
      await this.redeem(user, { user, grant: entra.lastSerial() + 1, scopes })
      this.setActiveAccount(accountOfUser(user))
      this.events.postMessage('msal:loginSuccess')
    }

    async clearCache(): Promise<void> {
      for (const key of this.keys(TOKEN_KEYS)) this.remove(TOKEN_KEYS, key)
      for (const key of this.keys(ACCOUNT_KEYS)) this.remove(ACCOUNT_KEYS, key)
      this.setActiveAccount(null)
    }

    close(): void {
      this.events.close()
      this.updates.close()
    }
  }

  return { PublicClientApplication, createNestablePublicClientApplication: () => new Promise<never>(() => {}) }
}

/** What comes back in the URL after a trip to Entra ID. */
export function responseTo(url: URL, user: User | undefined): string {
  const state = url.searchParams.get('state') ?? ''
  if (url.pathname === '/logout') return `?${new URLSearchParams({ state })}`
  const outcome = user
    ? { code: user }
    : { error: url.searchParams.get('prompt') === 'none' ? 'login_required' : 'access_denied' }
  return `#${new URLSearchParams({ ...outcome, state })}`
}
