import type { SignedOutFlag } from '../../account/signed-out-flag.js'
import { withDeadline } from '../../shared/deadline.js'
import { type Refusal, timedOut } from '../source.js'
import { refusalOfMsal } from './refusals.js'

/** The steps inside MSAL, its requests included, have no deadline of their own. */
const CALL_DEADLINE_MS = 45_000

export interface MsalCalls {
  /** Whether no call is pending, which could still write what a sign-out has removed. */
  isIdle(): boolean
  /** The result of a call, or a refusal after 45 s. */
  settle<T>(call: () => Promise<T>): Promise<T | Refusal>
}

/** @param removeLateWrites - called when a call has ended during which the user signed out, however late that is */
export function createCalls(window: Window, flag: SignedOutFlag, removeLateWrites: () => void): MsalCalls {
  let pending = 0
  return {
    isIdle: () => pending === 0,
    settle<T>(call: () => Promise<T>) {
      const signedOutAt = flag.at()
      pending += 1
      const result = call()
        .catch((cause: unknown) => refusalOfMsal(cause, window.navigator))
        .finally(() => {
          pending -= 1
          if (flag.isSet() && flag.at() !== signedOutAt) removeLateWrites()
        })
      return withDeadline<T | Refusal>(result, CALL_DEADLINE_MS, timedOut)
    },
  }
}
