// Finds out, without interaction, who is signed in.

import type { SignedOutFlag } from '../page/signed-out-flag.js'
import { backoff } from '../shared/backoff.js'
import { withDeadline } from '../shared/deadline.js'
import { type AccessToken, isRefusal, type Refusal, type TokenSource, thrown, timedOut } from '../sources/source.js'
import { errorOf } from '../tokens/error-of.js'
import type { AccountOwner } from './account-owner.js'

/** All deadlines of a start together stay below this. `ready` never takes longer. */
const START_DEADLINE_MS = 120_000
/** How long to wait before a start that failed is tried again. */
const RETRY = { first: 2_000, longest: 60_000 }

export interface StartContext {
  readonly account: AccountOwner
  readonly source: TokenSource
  readonly signedOutFlag: SignedOutFlag
  /** The page came back from Entra ID with an answer. Only the source knows whether the user has signed in with it. */
  readonly hasResponse: boolean
  /** Whether another app seems to have signed somebody in since the flag was set. */
  isFlagOutdated(): boolean
  onToken(token: AccessToken, isAsked: boolean): void
  onRefusal(refusal: Refusal): void
  look(): void
}

export interface Start {
  /** Does nothing while a start is under way. */
  start(): void
  /** Looks whether somebody signed in or out elsewhere. A start under way may have missed it, so looks again after it. */
  look(): void
}

export function createStart(context: StartContext): Start {
  const { account, source, signedOutFlag, hasResponse, onToken } = context
  let isStarting = false
  let shouldLookAfterwards = false
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  account.disposed.addEventListener('abort', () => clearTimeout(timer))

  /** Not on the way back from Entra ID: nobody is signed in then, and the next start would say no more than that. */
  function tryAgainLater(): void {
    clearTimeout(timer)
    failures += 1
    if (hasFailedForNow() && !hasResponse)
      timer = setTimeout(() => hasFailedForNow() && start(), backoff(failures, RETRY))
    else failures = 0
  }

  function hasFailedForNow(): boolean {
    const { state } = account
    return state.status === 'failed' && state.error.retryable
  }

  function start(): void {
    if (isStarting) return
    isStarting = true
    void findOut().finally(() => {
      isStarting = false
      if (shouldLookAfterwards) context.look()
      shouldLookAfterwards = false
      tryAgainLater()
    })
  }

  async function findOut(): Promise<void> {
    const announceOnly = signedOutFlag.isSet() && !hasResponse
    if (announceOnly && !context.isFlagOutdated()) account.staySignedOut()
    const asked = source.start({ announceOnly }).catch(thrown)
    const onLate = (late: AccessToken | Refusal) => {
      if (!isRefusal(late) && account.state.status !== 'signed-in') onToken(late, false)
    }
    const answer = await withDeadline(asked, START_DEADLINE_MS, timedOut, { onLate })
    if (account.disposed.aborted) return
    // Only an answer that MSAL has accepted clears the signed-out flag.
    if (signedOutFlag.isSet()) {
      // What this start has stored came after the sign-out in another tab, which removed what was there.
      if (!announceOnly) source.forget('elsewhere')
      return account.staySignedOut(hasResponse && isRefusal(answer) ? errorOf(answer) : undefined)
    }
    // The user signed in meanwhile.
    if (account.state.status === 'signed-in') return
    if (!isRefusal(answer)) onToken(answer, true)
    else if (!announceOnly || account.state.status === 'starting') context.onRefusal(answer)
  }

  return {
    start,
    look() {
      shouldLookAfterwards ||= isStarting
      context.look()
    },
  }
}
