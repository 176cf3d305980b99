// Who is signed in: brings the source, the state and the tokens together.

import { isPathOfThisOrigin } from '../page/path.js'
import { abortable, withDeadline } from '../shared/deadline.js'
import { AuthError, type AuthErrorCode } from '../shared/errors.js'
import { scopeKey } from '../shared/scopes.js'
import { checkScopes, isNonBlank, isObject, mayBe, must, oneOf } from '../shared/validate.js'
import {
  type AccessToken,
  isGuess,
  isRefusal,
  type Refusal,
  type SignInRequest,
  type TokenSource,
  thrown,
  timedOut,
} from '../sources/source.js'
import { errorOf, type TokenStore } from '../tokens/token-store.js'
import { createLook } from './look.js'
import type { SignedOutFlag } from './signed-out-flag.js'
import { type AuthStatus, isLeft, keepsAccount, nextStatus, type StateChange } from './state.js'
import type { StateStore } from './store.js'

/** All deadlines of a start together stay below this. `ready` never takes longer. */
const START_DEADLINE_MS = 120_000

export interface SignInContext {
  readonly scopes: readonly string[]
  readonly source: TokenSource
  readonly state: StateStore
  readonly tokens: TokenStore
  readonly signedOutFlag: SignedOutFlag
  readonly disposed: AbortSignal
  /** Hears that the state is another one, before its listeners do. */
  followed?(): void
  /** The page came back from Entra ID with an answer. Whether the user has signed in with it only the source can tell. */
  readonly hasResponse: boolean
  /** Whether somebody has signed in, by another app, since the flag was set. */
  isOutlived(): boolean
  /** Tells other tabs that somebody has signed in or out here. */
  announce(): void
}

export interface SignIn {
  readonly lastError: AuthError | undefined
  start(): void
  signIn(request: SignInRequest): Promise<void>
  /** A sign-in that waits rejects with this code. What comes of it later is ignored. */
  interrupt(code: AuthErrorCode): void
  /** Ends what the source holds of the account. */
  signOut(options: { entra: boolean }): Promise<void>
  /** Takes in a token for the app's own scopes: it says who is signed in. */
  arrive(token: AccessToken): void
  /** Whether somebody is signed in and the token is for that account. */
  isForCurrentAccount(token: AccessToken): boolean
  /** A token for the app's own scopes says who is signed in: its account takes over. One for other scopes changes nothing. */
  switchAccount(token: AccessToken, scopes: readonly string[]): void
  /** Takes in that there is no token for these scopes. */
  refuse(refusal: Refusal, error: AuthError, scopes: readonly string[]): void
  /** Looks whether somebody signed in or out elsewhere: in another tab, or with another app of the same client ID. */
  look(): void
}

export function createSignIn(context: SignInContext): SignIn {
  const { source, state, tokens, signedOutFlag, scopes: ownScopes, disposed } = context
  let lastError: AuthError | undefined
  let starting = false
  /** A change elsewhere may have come after the start had asked. */
  let isToldMeanwhile = false
  let signingIn: Promise<void> | undefined
  let interruption = new AbortController()

  const isOwn = (scopes: readonly string[]) => scopeKey(scopes) === scopeKey(ownScopes)

  function isForCurrentAccount({ account }: AccessToken): boolean {
    const { current } = state
    return current.status === 'signed-in' && current.account.key === account.key
  }

  /** Tokens of an account never outlive it, not even until the first listener hears of the change. */
  function change(what: StateChange, token?: AccessToken): void {
    const { host: _, ...previous } = state.current
    const next = nextStatus(previous as AuthStatus, what)
    const prepare = () => {
      if (isLeft(next, previous as AuthStatus))
        tokens.forget(next.status === 'signed-in' ? 'account_mismatch' : codeOf(next), keepsAccount(next))
      context.followed?.()
      // A listener may have signed the account out again.
      if (token && isForCurrentAccount(token)) tokens.adopt(token, ownScopes)
    }
    if (next === previous) prepare()
    else state.become(next, prepare)
  }

  function arrive(token: AccessToken, asked = false): void {
    change({ type: 'token', account: token.account, asked }, token)
  }

  function refuse(refusal: Refusal, error: AuthError, scopes: readonly string[]): void {
    lastError = error
    if (isOwn(scopes))
      change({ type: 'refused', error, noAccount: refusal.noAccount === true, guessed: isGuess(refusal) })
  }

  function switchAccount(token: AccessToken, scopes: readonly string[]): void {
    if (isOwn(scopes) && state.current.status === 'signed-in') arrive(token)
  }

  function start(): void {
    if (starting) return
    starting = true
    void findOut().finally(() => {
      starting = false
      if (isToldMeanwhile) look()
      isToldMeanwhile = false
    })
  }

  async function findOut(): Promise<void> {
    const announceOnly = signedOutFlag.isSet() && !context.hasResponse
    if (announceOnly && !context.isOutlived()) change({ type: 'signed-out' })
    const asked = source.start({ announceOnly }).catch(thrown)
    const answer = await withDeadline<AccessToken | Refusal>(asked, START_DEADLINE_MS, timedOut, (late) => {
      if (!isRefusal(late) && state.current.status !== 'signed-in') arrive(late)
    })
    if (disposed.aborted) return
    const error = isRefusal(answer) ? errorOf(answer, phaseOf(answer)) : undefined
    // Only an answer that MSAL has accepted clears the signed-out flag.
    if (signedOutFlag.isSet()) return change({ type: 'signed-out', error: context.hasResponse ? error : undefined })
    // A sign-in was quicker.
    if (state.current.status === 'signed-in') return
    if (!isRefusal(answer)) arrive(answer, true)
    else if (!announceOnly || state.current.status === 'starting')
      refuse(answer, errorOf(answer, phaseOf(answer)), ownScopes)
  }

  const look = createLook({
    ...{ source, disposed, scopes: ownScopes },
    state: () => state.current,
    isFlagged: signedOutFlag.isSet,
    isOutlived: context.isOutlived,
    arrive(token) {
      const isAtHand = tokens.cached(ownScopes)?.token.token === token.token
      if (!isAtHand || state.current.status !== 'signed-in') arrive(token, true)
    },
    refuse: (refusal) => refuse(refusal, errorOf(refusal, phaseOf(refusal)), ownScopes),
    gone(flagged) {
      interrupt('cancelled')
      change({ type: 'gone', flagged })
    },
  })

  async function signInNow({ scopes, ...how }: SignInRequest, interrupted: AbortSignal): Promise<void> {
    await state.ready
    interrupted.throwIfAborted()
    const answer = await granted(source.signIn({ scopes, ...how }), scopes, interrupted)
    if (isOwn(scopes)) return welcome(answer)
    if (state.current.status !== 'signed-in')
      welcome(await granted(source.acquire({ scopes: ownScopes, fresh: false }), ownScopes, interrupted))
    if (!isForCurrentAccount(answer)) throw new AuthError('account_mismatch', { phase: 'source' })
    tokens.adopt(answer, scopes)
  }

  function interrupt(code: AuthErrorCode): void {
    interruption.abort(new AuthError(code, { phase: 'source' }))
    interruption = new AbortController()
    signingIn = undefined
  }

  /** The token that the user gets for having signed in. */
  async function granted(
    asked: Promise<AccessToken | Refusal>,
    scopes: readonly string[],
    interrupted: AbortSignal,
  ): Promise<AccessToken> {
    const answer = await asked.catch(thrown)
    interrupted.throwIfAborted()
    if (isRefusal(answer)) throw refuseSignIn(answer, scopes)
    return answer
  }

  function welcome(token: AccessToken): void {
    signedOutFlag.clear()
    arrive(token, true)
    context.announce()
  }

  /** A user who thinks better of it changes nothing. */
  function refuseSignIn(refusal: Refusal, scopes: readonly string[]): AuthError {
    const error = errorOf(refusal, phaseOf(refusal))
    if (error.code === 'cancelled' || error.code === 'denied') lastError = error
    else refuse(refusal, error, scopes)
    return error
  }

  return {
    get lastError() {
      return lastError
    },
    start,
    arrive: (token) => arrive(token),
    isForCurrentAccount,
    switchAccount,
    refuse,
    look() {
      isToldMeanwhile ||= starting
      look()
    },
    signIn(request) {
      const { signal } = interruption
      signingIn ??= abortable(signInNow(request, signal), signal).finally(() => {
        if (!signal.aborted) signingIn = undefined
      })
      return signingIn
    },
    interrupt,
    async signOut(options) {
      context.announce()
      const refusal = await abortable(source.signOut(options), disposed)
      if (refusal) throw errorOf(refusal, 'source')
    },
  }
}

/** What a call is told that was waiting for a token when the account went. */
function codeOf(status: AuthStatus) {
  if (status.status === 'failed') return status.error.code
  return status.status === 'signed-out' && status.reason === 'consent' ? 'consent_required' : 'sign_in_required'
}

function phaseOf({ refused }: Refusal): 'host' | 'source' {
  return refused.startsWith('host_') || refused === 'framed' ? 'host' : 'source'
}

/**
 * Checks what an app passes to `signIn()`. A click event, which `onclick={auth.signIn}` passes, counts as nothing.
 *
 * @throws {AuthError} `config_invalid`
 */
export function checkSignIn(options: unknown, ownScopes: readonly string[], window: Window): SignInRequest {
  if (options === undefined || options === null || isEvent(options)) return { scopes: ownScopes }
  must('signIn options', options, isObject(options), 'an object', "{ returnTo: '/' }")
  const { scopes, returnTo, claims, prompt } = options as Partial<SignInRequest>
  mayBe('returnTo', returnTo, (path) => isPathOfThisOrigin(path, window), 'a path of this origin', '/chat?room=1#last')
  mayBe('claims', claims, isNonBlank, 'the claims of an AuthError', '{"access_token":{}}')
  if (prompt !== undefined) oneOf('prompt', prompt, 'select_account', 'login', 'consent')
  return { scopes: scopes === undefined ? ownScopes : checkScopes('scopes', scopes), returnTo, claims, prompt }
}

/** Also one of React's, which wraps that of the browser. */
export function isEvent(value: unknown): value is Event | { readonly nativeEvent: unknown } {
  return isObject(value) && 'preventDefault' in value
}
