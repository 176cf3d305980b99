// Requests for tokens to a Microsoft 365 host, which has no deadline of its own: single sign-on and nested app auth.

import { withDeadline } from '../shared/deadline.js'
import { type AccessToken, isRefusal, type Refusal } from './source.js'

const HOST_DEADLINES_MS = {
  /** Phones were seen to take 1 to 30 s (microsoft/teams-js#2603). */
  silent: 30_000,
  /** Consent and multi-factor sign-in take minutes. */
  interactive: 10 * 60_000,
}

export type HostRequestKind = keyof typeof HOST_DEADLINES_MS

export type SettleRequest = (
  request: Promise<AccessToken | Refusal>,
  kind: HostRequestKind,
) => Promise<AccessToken | Refusal>

/**
 * Gives each request a deadline. A token that comes later goes to `onLateToken`, unless a newer request has brought one
 * meanwhile: that may be of another account.
 */
export function createHostRequests(onLateToken: (token: AccessToken) => void): SettleRequest {
  let last = 0
  let answered = 0

  return async (request, kind) => {
    const number = ++last
    const isNewest = () => number > answered
    const onLate = (late: AccessToken | Refusal) => {
      if (!isRefusal(late) && isNewest()) onLateToken(late)
    }
    const answer = await withDeadline<AccessToken | Refusal>(request, HOST_DEADLINES_MS[kind], hostTimeout, { onLate })
    if (!isRefusal(answer) && isNewest()) answered = number
    return answer
  }
}

export function hostTimeout(): Refusal {
  return { refused: 'host_timeout' }
}
