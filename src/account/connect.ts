// Connects who is signed in with the source of tokens, their store and the other tabs. Each needs the others, so they are
// wired here and nowhere else: the engine calls this, and so do the tests.

import type { AuthEvent } from '../events.js'
import type { Host } from '../page/host.js'
import type { SignedOutFlag } from '../page/signed-out-flag.js'
import { abortable } from '../shared/deadline.js'
import type { AuthError } from '../shared/errors.js'
import { notify } from '../shared/listeners.js'
import { scopeKey } from '../shared/scopes.js'
import { type AccessToken, isGuess, type Refusal, type TokenSource } from '../sources/source.js'
import { errorOf, isStepUpRefused } from '../tokens/error-of.js'
import { createTokenStore, type TokenStore } from '../tokens/token-store.js'
import { type AccountListeners, followAccount } from './account-listeners.js'
import type { AccountOwner } from './account-owner.js'
import { endsTokens, keepsAccount, nextStatus } from './changes.js'
import { createLook } from './check-elsewhere.js'
import type { SessionChannel } from './other-tabs.js'
import { createSignIn, type SignIn } from './sign-in.js'
import { createStart, type Start } from './start.js'
import { type AuthStatus, errorOfState } from './state.js'

/** What a source reports without being asked. */
export interface SourceEvents {
  readonly disposed: AbortSignal
  /** More became known of the host. */
  onHost(known: Partial<Host>): void
  /** A token for `AuthOptions.scopes` came later than anybody waited for. */
  onToken(token: AccessToken): void
  /** Tells other tabs that somebody has signed in here. */
  announce(): void
}

export interface ConnectContext {
  readonly account: AccountOwner
  /** `AuthOptions.scopes`: their token says who is signed in. */
  readonly scopes: readonly string[]
  readonly signedOutFlag: SignedOutFlag
  /** The page came back from Entra ID with an answer. */
  readonly hasResponse: boolean
  readonly listeners: {
    /** Called with each new token for `scopes`. */
    readonly token: ReadonlySet<(token: AccessToken) => void>
    readonly account: AccountListeners
  }
  now(): number
  emit(event: AuthEvent): void
  openSource(events: SourceEvents): TokenSource
  /** @param onMessage - called when somebody may have signed in or out in another tab */
  openChannel(onMessage: () => void): SessionChannel
  /** Whether another app seems to have signed somebody in since the signed-out flag was set. */
  isFlagOutdated(source: TokenSource): boolean
}

export interface Connection extends Start, Pick<SignIn, 'signIn'> {
  readonly source: TokenSource
  readonly tokens: TokenStore
  readonly lastError: AuthError | undefined
  /** Drops what the source holds of the account, and a sign-in under way. */
  forget(): void
  /** Ends what the source holds of the account. Tells other tabs. */
  signOut(options: { entra: boolean }): Promise<void>
}

export function connectAccount(context: ConnectContext): Connection {
  const { account, scopes: ownScopes, signedOutFlag, hasResponse, listeners, now, emit } = context
  let lastError: AuthError | undefined

  const isOwn = (scopes: readonly string[]) => scopeKey(scopes) === scopeKey(ownScopes)
  const isFlagOutdated = () => context.isFlagOutdated(source)
  const change = account.extend(nextStatus, onChange)
  const notifyAccount = followAccount(listeners.account, () => account.state)
  const channel = context.openChannel(() => start.look())
  const { announce } = channel
  const source = context.openSource({
    disposed: account.disposed,
    onHost: (known) => void (account.disposed.aborted || account.describe(known)),
    onToken: (token) => onToken(token),
    announce,
  })
  const tokens = createTokenStore({
    now,
    emit,
    acquire: source.acquire,
    isForCurrentAccount,
    switchAccount,
    onRefusal,
    onKept,
  })
  const parts = { account, source, tokens, signedOutFlag, scopes: ownScopes, isFlagOutdated, onToken }
  const onOwnRefusal = (refusal: Refusal) => onRefusal(refusal, errorOf(refusal), ownScopes)
  const look = createLook({ ...parts, onRefusal: onOwnRefusal, onAccountGone })
  const start = createStart({ ...parts, hasResponse, onRefusal: onOwnRefusal, look })
  const { signIn, cancel } = createSignIn({
    ...parts,
    isOwn,
    isForCurrentAccount,
    onRefusal: onSignInRefused,
    announce,
  })

  /** Tokens of an account never outlive it, not even until the first listener is called. */
  function onChange(next: AuthStatus, previous: AuthStatus): void {
    if (endsTokens(next, previous))
      tokens.forget(next.status === 'signed-in' ? 'account_mismatch' : errorOfState(next).code, keepsAccount(next))
    notifyAccount()
  }

  function onToken(token: AccessToken, isAsked = false): void {
    // A token that nobody has asked for does not undo a sign-out that this tab has not heard of.
    if (!isAsked && signedOutFlag.isSet()) return void look()
    change({ type: 'token', account: token.account, isAsked }, () => {
      // A listener for the account may have signed it out again.
      if (isForCurrentAccount(token)) tokens.adopt(token, ownScopes, !isAsked)
    })
  }

  function onAccountGone(isByUser: boolean): void {
    cancel()
    if (isByUser) source.forget('elsewhere')
    change({ type: 'account-gone', isByUser })
  }

  function isForCurrentAccount(token: AccessToken): boolean {
    const { state } = account
    return state.status === 'signed-in' && state.account.key === token.account.key
  }

  /** A token for `AuthOptions.scopes` says who is signed in. One for other scopes does not. */
  function switchAccount(token: AccessToken, scopes: readonly string[]): void {
    if (isOwn(scopes) && account.state.status === 'signed-in') onToken(token)
  }

  function onRefusal(refusal: Refusal, error: AuthError, scopes: readonly string[], claims?: string): void {
    lastError = error
    if (!isOwn(scopes)) return
    const isStepUp = isStepUpRefused(refusal, claims)
    change({ type: 'refused', error, noAccount: refusal.noAccount === true, isGuess: isGuess(refusal), isStepUp })
  }

  /** A user who changes their mind changes nothing else. */
  function onSignInRefused(refusal: Refusal, error: AuthError, scopes: readonly string[], claims?: string): void {
    if (error.code === 'cancelled' || error.code === 'denied') lastError = error
    else onRefusal(refusal, error, scopes, claims)
  }

  function onKept(token: AccessToken, scopes: readonly string[], unchanged: boolean): void {
    emit({ type: 'token', scopes, expiresInMs: token.expiresOnTimestamp - now(), unchanged })
    if (!unchanged && isOwn(scopes)) notify(listeners.token, token)
  }

  account.disposed.addEventListener('abort', () => {
    channel.close()
    source.dispose()
  })

  return {
    source,
    tokens,
    get lastError() {
      return lastError
    },
    forget() {
      cancel()
      source.forget('here')
    },
    start: start.start,
    look: start.look,
    signIn,
    async signOut(options) {
      announce()
      const refusal = await abortable(source.signOut(options), account.disposed)
      if (refusal) throw errorOf(refusal, 'source')
    },
  }
}
