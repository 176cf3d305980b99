// The sign-in with interaction.

import type { SignedOutFlag } from '../page/signed-out-flag.js'
import { abortable } from '../shared/deadline.js'
import { AuthError } from '../shared/errors.js'
import {
  type AccessToken,
  isRefusal,
  type Refusal,
  type SignInRequest,
  type TokenSource,
  thrown,
} from '../sources/source.js'
import { errorOf } from '../tokens/error-of.js'
import type { TokenStore } from '../tokens/token-store.js'
import type { AccountOwner } from './account-owner.js'

export interface SignInContext {
  readonly account: AccountOwner
  readonly scopes: readonly string[]
  readonly source: TokenSource
  readonly tokens: TokenStore
  readonly signedOutFlag: SignedOutFlag
  /** Whether these are `AuthOptions.scopes`. */
  isOwn(scopes: readonly string[]): boolean
  isForCurrentAccount(token: AccessToken): boolean
  onToken(token: AccessToken, isAsked: boolean): void
  /** `claims`: those that were asked for. */
  onRefusal(refusal: Refusal, error: AuthError, scopes: readonly string[], claims: string | undefined): void
  /** Tells other tabs that somebody has signed in here. */
  announce(): void
}

export interface SignIn {
  signIn(request: SignInRequest): Promise<void>
  /** A sign-in under way rejects with `cancelled`. Its late answer is ignored. */
  cancel(): void
}

export function createSignIn(context: SignInContext): SignIn {
  const { account, source, tokens, signedOutFlag, scopes: ownScopes } = context
  let running: Promise<void> | undefined
  let interruption = new AbortController()
  account.disposed.addEventListener('abort', () => interrupt(account.disposed.reason))

  async function signInNow(request: SignInRequest, interrupted: AbortSignal): Promise<void> {
    const signedOutAt = signedOutFlag.at()
    const { scopes, claims } = request
    const popup = source.openPopup?.(request)
    const close = () => popup?.close()
    interrupted.addEventListener('abort', close, { once: true })
    await account.ready
    interrupted.throwIfAborted()
    const keepsAccount = account.state.status === 'signed-in' && !context.isOwn(scopes)

    async function acquireOwn(): Promise<void> {
      const asked = source.acquire({ scopes: ownScopes, fresh: false }).catch(thrown)
      completeSignIn(tokenOrThrow(await asked, { scopes: ownScopes }, interrupted), signedOutAt)
    }

    const answer = await source
      .signIn(request, { popup, interrupted, keepsAccount })
      .catch(thrown)
      .finally(() => {
        close()
        interrupted.removeEventListener('abort', close)
      })
    interrupted.throwIfAborted()
    if ('consented' in answer) return acquireOwn()
    const token = tokenOrThrow(answer, { scopes, claims }, interrupted)
    if (context.isOwn(scopes)) return completeSignIn(token, signedOutAt)
    if (account.state.status !== 'signed-in') await acquireOwn()
    if (!context.isForCurrentAccount(token)) throw new AuthError('account_mismatch', { phase: 'source' })
    tokens.adopt(token, scopes)
  }

  function tokenOrThrow(
    answer: AccessToken | Refusal,
    { scopes, claims }: Pick<SignInRequest, 'scopes' | 'claims'>,
    interrupted: AbortSignal,
  ): AccessToken {
    interrupted.throwIfAborted()
    if (!isRefusal(answer)) return answer
    const error = errorOf(answer, undefined, claims)
    context.onRefusal(answer, error, scopes, claims)
    throw error
  }

  /** @param signedOutAt - when somebody had signed out, as it was when this sign-in began: a later sign-out ends it */
  function completeSignIn(token: AccessToken, signedOutAt: number): void {
    if (signedOutFlag.isSet() && signedOutFlag.at() !== signedOutAt) throw cancelled()
    signedOutFlag.clear()
    context.onToken(token, true)
    context.announce()
  }

  function interrupt(error: AuthError): void {
    interruption.abort(error)
    interruption = new AbortController()
    running = undefined
  }

  return {
    signIn(request) {
      const { signal } = interruption
      running ??= abortable(signInNow(request, signal), signal).finally(() => {
        if (!signal.aborted) running = undefined
      })
      return running
    },
    cancel: () => interrupt(cancelled()),
  }
}

const cancelled = () => new AuthError('cancelled', { phase: 'source' })
