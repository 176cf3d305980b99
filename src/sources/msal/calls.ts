import { withDeadline } from '../../shared/deadline.js'
import { type Refusal, timedOut } from '../source.js'
import { isStorageFull, refusalOfMsal } from './refusals.js'

/** The steps inside MSAL, its requests included, have no deadline of their own. */
const CALL_DEADLINE_MS = 45_000

/** What a call may store: tokens of somebody who is signed in, or a sign-in. */
export type Brings = 'tokens' | 'sign-in'

export interface MsalCalls {
  /** Whether no call is pending, which could still write what a sign-out has removed. */
  isIdle(): boolean
  /** The result of a call, or a refusal after 45 s. What MSAL writes after a sign-out is removed, however late it is. */
  settle<T>(call: Promise<T>, isSignedOut: () => boolean, brings?: Brings): Promise<T | Refusal>
}

/** @param onTokens - called where a call has stored tokens that are no sign-in */
export function createCalls(window: Window, onTokens: () => void, removeLateWrites: () => void): MsalCalls {
  let pending = 0
  return {
    isIdle: () => pending === 0,
    settle<T>(call: Promise<T>, isSignedOut: () => boolean, brings: Brings = 'tokens') {
      pending += 1
      const result = call
        .catch((cause: unknown) => refusalOfMsal(cause, window.navigator))
        .then((answer) => {
          if (brings === 'tokens' && mayHaveStored(answer)) onTokens()
          return answer
        })
        .finally(() => {
          pending -= 1
          if (isSignedOut()) removeLateWrites()
        })
      return withDeadline<T | Refusal>(result, CALL_DEADLINE_MS, timedOut)
    },
  }
}

/** A failure stores nothing, but for one in the middle of storing: then storage is full. */
function mayHaveStored(answer: unknown): boolean {
  const { accessToken, fromCache, cause } = Object(answer) as {
    accessToken?: unknown
    fromCache?: unknown
    cause?: unknown
  }
  return accessToken === undefined ? isStorageFull(cause) : fromCache !== true
}
