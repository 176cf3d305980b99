// Requests for tokens to a Microsoft 365 host, which has no deadline of its own: single sign-on and nested app auth.

import { withDeadline } from '../shared/deadline.js'
import { type AccessToken, isRefusal, type Refusal } from './source.js'

/** Phones were seen to take 1 to 30 s (microsoft/teams-js#2603). */
export const HOST_SILENT_DEADLINE_MS = 30_000
/** Consent and multi-factor sign-in take minutes. */
export const HOST_INTERACTIVE_DEADLINE_MS = 10 * 60_000

export type SettleRequest = (
  request: Promise<AccessToken | Refusal>,
  deadlineMs: number,
) => Promise<AccessToken | Refusal>

/**
 * Gives each request a deadline. A token that comes later goes to `onLateToken`, unless a newer request has brought one
 * meanwhile: that may be of another account.
 */
export function createHostRequests(onLateToken: (token: AccessToken) => void): SettleRequest {
  let last = 0
  let answered = 0

  return async (request, deadlineMs) => {
    const number = ++last
    const isNewest = () => number > answered
    const answer = await withDeadline<AccessToken | Refusal>(request, deadlineMs, hostTimeout, (late) => {
      if (!isRefusal(late) && isNewest()) onLateToken(late)
    })
    if (!isRefusal(answer) && isNewest()) answered = number
    return answer
  }
}

export function hostTimeout(): Refusal {
  return { refused: 'host_timeout' }
}
