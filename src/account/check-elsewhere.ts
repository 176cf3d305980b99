// Looks whether somebody signed in or out elsewhere: in another tab, in another Auth of the page, or with another app that
// uses MSAL for the same client ID.

import type { SignedOutFlag } from '../page/signed-out-flag.js'
import { type AccessToken, isRefusal, type Refusal, type TokenSource } from '../sources/source.js'
import type { TokenStore } from '../tokens/token-store.js'
import type { AccountOwner } from './account-owner.js'
import { isSignedOutByUser } from './state.js'

export interface LookContext {
  readonly account: AccountOwner
  readonly scopes: readonly string[]
  readonly source: TokenSource
  readonly tokens: TokenStore
  readonly signedOutFlag: SignedOutFlag
  /** Whether another app seems to have signed somebody in since the flag was set. Only the source knows for certain. */
  isFlagOutdated(): boolean
  onToken(token: AccessToken, isAsked: boolean): void
  onRefusal(refusal: Refusal): void
  /** The account is no longer there. `isByUser`: the user signed out in another tab. */
  onAccountGone(isByUser: boolean): void
}

/** Looks once at a time, and once more if it was called meanwhile. */
export function createLook(context: LookContext): () => void {
  const { account, source, signedOutFlag } = context
  let isLooking = false
  let shouldLookAgain = false
  /** The last answer was not used, and the source takes what it has answered for known. */
  let isUnknown = false

  async function lookUntilQuiet(): Promise<void> {
    while (shouldLookAgain && !account.disposed.aborted) {
      shouldLookAgain = false
      await lookOnce()
    }
  }

  async function lookOnce(): Promise<void> {
    const { status } = account.state
    const { token } = context.tokens.cached(context.scopes) ?? {}
    // The start itself finds out.
    if (status === 'starting') return
    if (status === 'signed-in' && !isUnknown && !source.changed()) return
    const answer = await source.acquire({ scopes: context.scopes, fresh: false }).catch(() => undefined)
    if (!answer || account.disposed.aborted) return
    if (signedOutFlag.isSet()) return onSignedOutElsewhere()
    // The user has signed in here meanwhile, or out, and the answer can be about somebody else. Tokens end with their account.
    isUnknown = context.tokens.cached(context.scopes)?.token !== token
    shouldLookAgain ||= isUnknown
    if (isUnknown) return
    if (!isRefusal(answer)) return onTokenElsewhere(answer)
    if (account.state.status !== 'signed-in') return
    if (answer.noAccount) context.onAccountGone(false)
    else context.onRefusal(answer)
  }

  function onTokenElsewhere(token: AccessToken): void {
    const { state } = account
    const isSame = state.status === 'signed-in' && state.account.key === token.account.key
    if (!isSame || context.tokens.isNews(token, context.scopes)) context.onToken(token, true)
  }

  function onSignedOutElsewhere(): void {
    if (!isSignedOutByUser(account.state)) context.onAccountGone(true)
  }

  /** What a look waits for can be the turn of another tab, and that may take long. */
  function isSignedOutElsewhere(): boolean {
    const isKnown = account.state.status !== 'starting' && !account.disposed.aborted
    return isKnown && signedOutFlag.isSet() && !context.isFlagOutdated()
  }

  return () => {
    if (isSignedOutElsewhere()) return onSignedOutElsewhere()
    shouldLookAgain = true
    if (isLooking) return
    isLooking = true
    void lookUntilQuiet().finally(() => {
      isLooking = false
    })
  }
}
