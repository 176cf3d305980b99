import { withDeadline } from '../shared/deadline.js'
import { type AccessToken, isRefusal, type Refusal } from './source.js'

type Answer = AccessToken | Refusal

/**
 * Gives each request to a host a deadline. A token that comes after it goes to `arrived`, unless a later request has
 * brought one meanwhile: that may be of another account.
 */
export function inOrder(
  arrived: (token: AccessToken) => void,
): (asked: Promise<Answer>, ms: number) => Promise<Answer> {
  let last = 0
  let answered = 0

  return async (asked, ms) => {
    const number = ++last
    const isNewest = () => number > answered
    const answer = await withDeadline<Answer>(asked, ms, hostTimeout, (late) => {
      if (!isRefusal(late) && isNewest()) arrived(late)
    })
    if (!isRefusal(answer) && isNewest()) answered = number
    return answer
  }
}

export function hostTimeout(): Refusal {
  return { refused: 'host_timeout' }
}
