// A page with the real sign-in and the real cache of tokens, over a source that the sequence steers. It has what a flow
// makes of them, without a window.

import { vi } from 'vitest'
import { createAccountOwner } from '../../../../../src/account/account-owner.js'
import { connectAccount } from '../../../../../src/account/connect.js'
import { errorOfState } from '../../../../../src/account/state.js'
import { attachInternals, type TokenProvider } from '../../../../../src/carriers/internals.js'
import type { AuthEvent } from '../../../../../src/events.js'
import type { SignedOutFlag } from '../../../../../src/page/signed-out-flag.js'
import type { Account } from '../../../../../src/shared/claims.js'
import { abortable } from '../../../../../src/shared/deadline.js'
import type { AccessToken, Refusal, TokenSource } from '../../../../../src/sources/source.js'
import type { GetOptions } from '../../../../../src/tokens/token-store.js'
import { createPauses } from './pauses.js'
import type { Mood, Setting, User } from './sequence.js'

const SCOPES = ['api']
const SLOW_MS = 4_000
const HARD_WINDOW_MS = 30_000
/** Of the cache: so long any token may be used that has just come. */
const GRACE_MS = 60_000
const UNCHANGED_PAUSE_MS = 5_000
/** Of the cache: after a failure nobody asks again for so long at the most, and the old token serves while it lives. */
const LONGEST_BACKOFF_MS = 60_000
/** A CONNECT is not longer on its way than this, even if it has to wait for a better transport. */
const LONGEST_WAY_MS = 2_000

export type Page = ReturnType<typeof openPage>

export function accountOf(user: User) {
  return { key: `entra:contoso:${user}` as const, tenantId: 'contoso', objectId: user }
}

export function openPage({ linked, user, lifetime }: Setting, isOnline: () => boolean) {
  const tokenListeners = new Set<(token: AccessToken) => void>()
  const accountListeners = new Set<(account: Account | undefined) => void>()
  const wakeListeners = new Set<() => void>()
  const pauses = createPauses()
  const minted: AccessToken[] = []
  const cameAt = new Map<string, number>()
  /** When each token was last given away, and for how long the page has slept since. */
  const gifts = new Map<string, { readonly at: number; slept: number }>()
  let mood: Mood = 'well'
  /** Who the source knows. */
  let known = user
  let lastAttempt = 0
  let lastFailure = 0
  let slept = 0
  let flagged = false

  function mint(of: User): AccessToken {
    const expiresOnTimestamp = Date.now() + lifetime * 1000
    const token = `${of} ${minted.length + 1} ${expiresOnTimestamp}`
    const made = { token, expiresOnTimestamp, scopes: SCOPES, account: accountOf(of) }
    minted.push(made)
    return made
  }

  async function answer(): Promise<AccessToken | Refusal> {
    lastAttempt = Date.now()
    if (mood === 'slow') await pauses.pause(SLOW_MS)
    if (!isOnline()) return { refused: 'offline' }
    if (mood === 'down') return { refused: 'unavailable' }
    if (!known) return { refused: 'sign_in_required', noAccount: true }
    const last = minted.filter(({ account }) => account.objectId === known).at(-1)
    const isUsable = last && last.expiresOnTimestamp > Date.now()
    return mood === 'unchanged' && isUsable ? last : mint(known)
  }

  const source: TokenSource = {
    kind: 'redirect',
    start: answer,
    async acquire() {
      const before = account.state
      const given = await answer()
      // One that comes after a sign-out reaches nobody.
      if ('refused' in given && account.state === before) lastFailure = Date.now()
      return given
    },
    async signIn() {
      if (!isOnline() || !known) return { refused: 'offline' }
      return mint(known)
    },
    changed: () => false,
    forget() {},
    async signOut() {
      return undefined
    },
    dispose() {},
  }
  const signedOutFlag: SignedOutFlag = {
    isSet: () => flagged,
    at: () => (flagged ? 1 : 0),
    atFirst: 0,
    isLasting: () => true,
    set: () => flag(true),
    clear: () => flag(false),
  }
  const account = createAccountOwner({
    host: { kind: 'browser', certain: true, reasons: [] },
    signedOutFlag,
    forget: () => connection.forget(),
    emit: onEvent,
  })
  const connection = connectAccount({
    account,
    scopes: SCOPES,
    signedOutFlag,
    hasResponse: false,
    listeners: { token: tokenListeners, account: accountListeners },
    now: () => Date.now(),
    emit: onEvent,
    openSource: () => source,
    openChannel: () => ({ announce() {}, close() {} }),
    isFlagOutdated: () => false,
  })
  const { tokens } = connection

  function flag(next: boolean): void {
    flagged = next
  }

  function onEvent(event: AuthEvent): void {
    if (event.type !== 'token') return
    // An answer may have been on its way while the page slept.
    if (event.unchanged) lastAttempt = Date.now()
    else cameAt.set(tokens.cached(SCOPES)?.token.token ?? '', Date.now())
  }

  /** A source that had nothing newer is not asked again for half of the rest, and one that failed not for a while. */
  function leftAloneUntil({ expiresOnTimestamp }: AccessToken): number {
    const hardAt = expiresOnTimestamp - HARD_WINDOW_MS
    if (lastAttempt >= hardAt) return Number.POSITIVE_INFINITY
    const unchangedUntil = lastAttempt + Math.max(UNCHANGED_PAUSE_MS, (expiresOnTimestamp - lastAttempt) / 2)
    return Math.max(unchangedUntil, lastFailure + LONGEST_BACKOFF_MS)
  }

  function given(token: AccessToken | undefined): AccessToken | undefined {
    if (token) gifts.set(token.token, { at: Date.now(), slept: 0 })
    return token
  }

  async function getToken(options: GetOptions = {}): Promise<AccessToken> {
    if (account.state.status === 'starting') await abortable(account.ready, options.abortSignal)
    if (account.state.status !== 'signed-in') throw errorOfState(account.state)
    const token = await tokens.get(SCOPES, options)
    given(token)
    return token
  }

  const provider: TokenProvider = {
    async getToken(_scopes, options) {
      const { token, expiresOnTimestamp, account } = await getToken(options)
      return { token, expiresOnTimestamp, ...(linked && { account }) }
    },
  }

  if (linked) {
    Object.defineProperties(provider, { state: { get: () => account.state }, ready: { value: account.ready } })
    attachInternals(provider, {
      hasResponse: false,
      peek: () => given(account.state.status === 'signed-in' ? tokens.peek(SCOPES) : undefined),
      accounts: () => tokens.accounts,
      onToken: (listener) => subscribe(tokenListeners, listener),
      onWake: (listener) => subscribe(wakeListeners, listener),
      onAccount: (listener) => subscribe(accountListeners, listener),
      disposed: account.disposed,
      protect() {},
      scopesFor: () => undefined,
      emit() {},
    })
  }

  const page = {
    provider,
    /** Who is signed in, as the app sees it. */
    get user(): User | undefined {
      const { state } = account
      return state.status === 'signed-in' ? (state.account.objectId as User) : undefined
    },
    /** Whether somebody has signed out at some time. */
    get hasLeft(): boolean {
      return tokens.accounts.includes(undefined)
    },
    /** Whether somebody has signed out, and nobody has signed in since. */
    get left(): boolean {
      return tokens.accounts.length > 0 && tokens.accounts.at(-1) === undefined
    },
    start: connection.start,
    /** All tokens that there have been. */
    tokens: () => minted.map(({ token }) => token),
    /** How long the newest token lives, in milliseconds. */
    remaining: () => Math.max(0, (minted.at(-1)?.expiresOnTimestamp ?? 0) - Date.now()),
    /** How long in all, in milliseconds. */
    slept: () => slept,
    subscribers: () => tokenListeners.size + wakeListeners.size + accountListeners.size,
    turn(next: Mood): void {
      mood = next
    },
    signIn(next: User): void {
      known = next
      connection.signIn({ scopes: SCOPES }).catch(() => {})
    },
    signOut(): void {
      known = undefined
      account.signOut()
    },
    /** A sign-out in another tab. */
    leave(): void {
      known = undefined
      flag(true)
      connection.look()
    },
    /** As a 401 to a fetch would. */
    renew(): void {
      const rejectedToken = tokens.cached(SCOPES)?.token.token
      getToken({ rejectedToken }).catch(() => {})
    },
    sleep(ms: number): void {
      vi.setSystemTime(Date.now() + ms)
      slept += ms
      for (const gift of gifts.values()) gift.slept += ms
      page.wake()
    },
    wake(): void {
      const { state } = account
      if (state.status === 'failed' && state.error.retryable) connection.start()
      if (state.status === 'signed-in') tokens.recheck()
      for (const listener of [...wakeListeners]) listener()
    },
    /** What is wrong with this token in a CONNECT at this moment, if anything. */
    complaint(token: string): string | undefined {
      const known = minted.find((each) => each.token === token)
      const gift = gifts.get(token)
      if (!known || !gift) return 'is none of this page'
      const { at } = gift
      if (Date.now() - at - gift.slept > LONGEST_WAY_MS) return 'was not given for this CONNECT, but kept from before'
      const hardAt = known.expiresOnTimestamp - HARD_WINDOW_MS
      const isNew = at < (cameAt.get(token) ?? 0) + GRACE_MS
      if (at >= hardAt && at >= leftAloneUntil(known) && !isNew)
        return 'is past its hard window, and nobody asked for another'
      return undefined
    },
    /** Lets go of who waits for the source. */
    release: pauses.release,
    dispose(): void {
      account.dispose()
      pauses.release()
    },
  }
  return page
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
