// One Auth on a page, with a record of what the app has asked of it and what has come.

import type { AuthState } from '../../../../src/account/state.js'
import type { Auth, createAuth } from '../../../../src/auth.js'
import type { AuthEvent } from '../../../../src/events.js'
import type { AuthOptions } from '../../../../src/options.js'
import { isAuthError } from '../../../../src/shared/errors.js'
import type { AccessToken } from '../../../../src/sources/source.js'
import type { Clock } from './clock.js'
import { CHALLENGE, type Entra, GRAPH_SCOPES } from './entra.js'
import type { Page } from './origin.js'
import type { CallKind } from './sequence.js'

/** Of the token cache. */
const HARD_WINDOW_MS = 30_000
const GRACE_MS = 60_000
const LONGEST_BACKOFF_MS = 60_000
const UNCHANGED_PAUSE_MS = 5_000
const OWN_REFUSALS = ['sign_in_required', 'consent_required'] as const

export interface Call {
  readonly kind: CallKind
  readonly controller: AbortController
  /** By the time that the machine has been awake. */
  readonly began: number
  /** Who was signed in, once that was known. */
  account: string | undefined
  /** The newest tokens that had come before, by account, and those with claims by themselves. */
  readonly newest: ReadonlyMap<string, number>
  /** How often nobody had been signed in before. Whoever signs in then gets what is stored: another tab may have stored it. */
  readonly signOuts: number
  /** The tokens that a `fetch` has sent. */
  readonly sent: string[]
  isSettled: boolean
}

export interface Copy {
  readonly createAuth: typeof createAuth
}

export interface TabParts {
  readonly id: number
  readonly page: Page
  readonly window: Window
  readonly copy: Copy
  readonly options: AuthOptions
  readonly clock: Clock
  readonly entra: Entra
  wrong(sentence: string): void
}

export type Tab = ReturnType<typeof openTab>

export function openTab({ id, page, window, copy, options, clock, entra, wrong }: TabParts) {
  const calls: Call[] = []
  /** By scopes: when the newest token came, by the clock of the machine. */
  const cameAt = new Map<string, number>()
  /** By scopes: when a renewal failed or brought nothing new, and until when nobody asks again. */
  const leftAloneUntil = new Map<string, number>()
  const newest = new Map<string, Map<string, number>>([
    ['own', new Map()],
    ['graph', new Map()],
  ])
  let stateSince = 0
  let signOuts = 0
  let isDisposed = false
  let eventsAfterwards = 0
  let heard: unknown

  function onEvent(event: AuthEvent): void {
    if (isDisposed && !(event.type === 'state' && event.state.status === 'failed')) eventsAfterwards += 1
    if (event.type === 'state') onState(event.state)
    if (event.type === 'state') checkEnd(event.state)
    if (event.type === 'renewal-failed') leaveAlone(event.scopes, LONGEST_BACKOFF_MS)
    if (event.type !== 'token') return
    if (event.unchanged) leaveAlone(event.scopes, Math.max(UNCHANGED_PAUSE_MS, event.expiresInMs / 2))
    else cameAt.set(event.scopes.join(), Date.now())
  }

  function onState({ status }: AuthState): void {
    stateSince = clock.turn()
    if (status === 'signed-in') return
    signOuts += 1
    for (const known of newest.values()) known.clear()
  }

  /** A step up that one endpoint asks for takes nothing from the others. */
  function checkEnd(state: AuthState): void {
    const hasEnded = state.status === 'signed-out' && (state.reason === 'expired' || state.reason === 'consent')
    if (hasEnded && !entra.hasRefusedAll) wrong('A sign-in has ended, and only a step up was refused.')
  }

  function leaveAlone(scopes: readonly string[], ms: number): void {
    leftAloneUntil.set(scopes.join(), Date.now() + ms)
  }

  const auth: Auth = withWindow(window, () => copy.createAuth({ ...options, onEvent }))
  heard = auth.state
  auth.subscribe((state) => {
    heard = state
  })

  /** The state has been replaced in this very turn, so that what settles now may be from before. */
  const isFresh = () => stateSince >= clock.turn() - 1

  function begin(kind: CallKind): void {
    const own = kind === 'graph' ? 'graph' : 'own'
    const known = newest.get(own) as Map<string, number>
    const call: Call = {
      kind,
      controller: new AbortController(),
      began: clock.awake(),
      account: accountKey(auth),
      newest: new Map(known),
      signOuts,
      sent: [],
      isSettled: false,
    }
    calls.push(call)
    ask(call).then(
      (token) => {
        settle(call)
        if (token) onToken(call, token)
      },
      (error: unknown) => {
        settle(call)
        onFailure(call, error)
      },
    )
    if (call.account === undefined) void auth.ready.then(() => nameAccount(call))
  }

  function nameAccount(call: Call): void {
    call.account ??= accountKey(auth)
  }

  function settle(call: Call): void {
    if (page.gone) return
    call.isSettled = true
  }

  async function ask(call: Call): Promise<AccessToken | undefined> {
    const { kind, controller } = call
    const abortSignal = controller.signal
    if (kind === 'fetch') {
      await auth.fetch('/api/messages', { signal: abortSignal })
      return undefined
    }
    const claims = kind === 'claims' ? CHALLENGE : undefined
    const rejectedToken = kind === 'rejected' ? lastToken : undefined
    return auth.getToken(kind === 'graph' ? GRAPH_SCOPES : undefined, { abortSignal, claims, rejectedToken })
  }

  let lastToken: string | undefined

  function onToken(call: Call, token: AccessToken): void {
    if (page.gone) return
    const own = call.kind === 'graph' ? 'graph' : 'own'
    if (own === 'own') lastToken = token.token
    const { key } = token.account
    const minted = entra.minted(token.token)
    if (!minted) {
      wrong('A token came that nobody gave.')
      return
    }
    if (isDisposed) wrong('A call was answered after dispose().')
    if (call.account && call.account !== key) wrong(`A call of ${call.account} was answered with a token of ${key}.`)
    if (minted.own !== (own === 'own')) wrong('A token for another API came.')
    if (!isFresh() && accountKey(auth) !== key) wrong(`A token of ${key} came while ${accountKey(auth)} was signed in.`)
    if (call.kind === 'claims' && minted.claims !== CHALLENGE) wrong('A token without the claims came.')
    // One with claims is worth more than a newer one without.
    const rank = minted.claims ? `${key} with claims` : key
    const isOlder = minted.serial < (call.newest.get(rank) ?? 0)
    if (isOlder && call.signOuts === signOuts && call.kind !== 'claims')
      wrong(`Token ${minted.serial} came after token ${call.newest.get(rank)}.`)
    const known = newest.get(own) as Map<string, number>
    for (const each of new Set([rank, key])) known.set(each, Math.max(known.get(each) ?? 0, minted.serial))
    checkAge(token)
  }

  /** By the clock of the machine, which is all that a page has. */
  function checkAge({ token, expiresOnTimestamp, scopes }: AccessToken): void {
    const now = Date.now()
    const isNew = now < (cameAt.get(scopes.join()) ?? 0) + GRACE_MS
    const isLeftAlone = now < (leftAloneUntil.get(scopes.join()) ?? 0)
    if (isNew) return
    if (now >= expiresOnTimestamp) wrong(`A token came that was over: ${serialOf(token)}.`)
    if (now >= expiresOnTimestamp - HARD_WINDOW_MS && !isLeftAlone)
      wrong(`Token ${serialOf(token)} came past its hard window, and nobody had asked for another.`)
  }

  const serialOf = (token: string) => entra.minted(token)?.serial

  function onFailure(call: Call, error: unknown): void {
    if (page.gone) return
    if (call.controller.signal.aborted && error === call.controller.signal.reason) return
    if (call.kind === 'fetch' && error instanceof TypeError && error.message === 'Failed to fetch') return
    if (!isAuthError(error)) {
      wrong(`A call failed with something else: ${error}.`)
      return
    }
    if (error.code === 'disposed' && !isDisposed) wrong('A call failed with `disposed`, and it was not.')
    if (/twodoor failed/.test(error.message)) wrong(`A call failed with a bug: ${error.cause}`)
    const isOwn = call.kind !== 'graph'
    // With claims it is the truth: they are what one endpoint asks for beyond the sign-in.
    const isStepUp = (call.kind === 'claims' || call.kind === 'fetch') && error.claims === CHALLENGE
    const isLie = isAuthError(error, ...OWN_REFUSALS) && auth.state.status === 'signed-in' && !isStepUp
    if (isOwn && isLie && !isFresh()) wrong(`A call failed with ${error.code} while somebody was signed in.`)
  }

  return {
    id,
    page,
    window,
    auth,
    calls,
    begin,
    /** A token of this Auth goes to the API. */
    sent(token: string): void {
      const minted = entra.minted(token)
      if (!minted) {
        wrong('The API got a token that nobody gave.')
        return
      }
      const waiting = calls.filter(({ kind, isSettled }) => kind === 'fetch' && !isSettled)
      const key = `entra:${options.tenant}:${minted.user}`
      if (!minted.own) wrong('The API got a token for another one.')
      if (isDisposed) wrong('A call was sent after dispose().')
      if (waiting.length > 0 && waiting.every(({ account }) => account !== undefined && account !== key))
        wrong(`A call was sent with a token of ${key}, and was begun by nobody of that name.`)
      if (!isFresh() && accountKey(auth) !== key)
        wrong(`A token of ${key} was sent while ${accountKey(auth)} was signed in.`)
    },
    abort(): void {
      for (const { controller, isSettled } of calls) if (!isSettled) controller.abort(new Error('given up'))
    },
    dispose(): void {
      isDisposed = true
      auth.dispose()
    },
    get isDisposed() {
      return isDisposed
    },
    /** What the listeners of the state were last told. */
    heard: () => heard,
    eventsAfterwards: () => eventsAfterwards,
  }
}

/** Who is signed in, as the app sees it. */
export function accountKey({ state }: Auth): string | undefined {
  return state.status === 'signed-in' ? state.account.key : undefined
}

function withWindow<T>(window: Window, act: () => T): T {
  Object.assign(globalThis, { window })
  try {
    return act()
  } finally {
    Reflect.deleteProperty(globalThis, 'window')
  }
}
