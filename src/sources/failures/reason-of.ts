// The decision about a failure that could be anything, as one table: no answer of Entra ID, nor of a host.

import type { Refusal } from '../source.js'
import { type Evidence, originOf } from './evidence.js'
import { reasonOfPart } from './part-reason.js'
import { blockedBy, missing, mistake, type Reason, THROWN } from './reason.js'

/** What a policy blocks calls by; pictures and frames are none of ours. */
const connecting = /^(connect|default)-src$/
const fetchFailed = /(post_request|get_request)_failed|network_error|endpoints_resolution_error|failed to fetch/i

/** What it is after all, or `undefined` where the refusal knows best. */
export function reasonOf({ refused, why }: Refusal, evidence: Evidence): Reason | undefined {
  if (why === 'host_lost') return reasonOfLostHost(evidence)
  if (why === 'part') return reasonOfPart(evidence)
  if (why || refused !== 'unavailable') return undefined
  const { text, blocked, authority } = evidence
  const denied = blocked.find(({ url, directive }) => originOf(url) === authority && connecting.test(directive))
  if (denied && fetchFailed.test(text)) return blockedBy(denied)
  if (fetchFailed.test(text)) return { why: 'unreachable', values: { authority } }
  return mistake.test(text) ? THROWN : undefined
}

/** teams-js before 2.58 takes no answer of a host at http, such as an emulator. The host may as well be slow. */
function reasonOfLostHost({ teamsVersion }: Evidence): Reason | undefined {
  const isOld = teamsVersion && teamsVersion.localeCompare('2.58', undefined, { numeric: true }) < 0
  return isOld
    ? missing('@microsoft/teams-js', `the page has ${teamsVersion}, which may be why the host is not heard.`)
    : undefined
}
