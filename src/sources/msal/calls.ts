import { withDeadline } from '../../shared/deadline.js'
import { type Refusal, timedOut } from '../source.js'
import { type Notes, removeLateWrites } from './notes.js'
import { refusalOfMsal } from './refusals.js'

/** The steps inside MSAL, its requests included, have no deadline of their own. */
const CALL_DEADLINE_MS = 45_000

export interface MsalCalls {
  /** Whether no call is pending, which could still write what a sign-out has removed. */
  readonly isIdle: boolean
  /** The result of a call, or a refusal after 45 s. However late MSAL writes after a sign-out, that is removed. */
  settle<T>(call: Promise<T>, isSignedOut: () => boolean): Promise<T | Refusal>
}

export function createCalls(window: Window, clientId: string, notes: Notes): MsalCalls {
  let pending = 0
  return {
    get isIdle() {
      return pending === 0
    },
    settle<T>(call: Promise<T>, isSignedOut: () => boolean) {
      pending += 1
      const result = call
        .catch((cause: unknown) => refusalOfMsal(cause, window.navigator))
        .finally(() => {
          pending -= 1
          if (isSignedOut()) removeLateWrites(window, clientId, notes)
        })
      return withDeadline<T | Refusal>(result, CALL_DEADLINE_MS, timedOut)
    },
  }
}
