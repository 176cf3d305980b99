// Finds out what a failure comes from whose error could mean anything.

import type { Refusal } from '../source.js'
import { diagnoseLoad } from './diagnose-load.js'
import { BUG, blockedByPolicy, CODE_THREW, type Diagnosis, unusablePeer } from './diagnosis.js'
import { type Evidence, originOf } from './evidence.js'

/** The directives that block a `fetch`. Images and frames are none of ours. */
const FETCH_DIRECTIVE = /^(connect|default)-src$/
const FETCH_FAILED = /(post_request|get_request)_failed|network_error|endpoints_resolution_error|failed to fetch/i

/** Returns `undefined` where the refusal itself knows best. */
export function diagnose({ refused, why }: Refusal, evidence: Evidence): Diagnosis | undefined {
  if (why === 'host_lost') return diagnoseSilentHost(evidence)
  if (why === 'part') return diagnoseLoad(evidence)
  if (why || refused !== 'unavailable') return undefined
  const { text, blocked, authority } = evidence
  const denied = blocked.find(({ url, directive }) => originOf(url) === authority && FETCH_DIRECTIVE.test(directive))
  if (denied && FETCH_FAILED.test(text)) return blockedByPolicy(denied)
  if (FETCH_FAILED.test(text)) return { why: 'unreachable', values: { authority } }
  return BUG.test(text) ? CODE_THREW : undefined
}

/** teams-js before 2.58 ignores a host on http, such as an emulator. But the host may just be slow. */
function diagnoseSilentHost({ teamsVersion }: Evidence): Diagnosis | undefined {
  const isOld = teamsVersion && teamsVersion.localeCompare('2.58', undefined, { numeric: true }) < 0
  return isOld
    ? unusablePeer('@microsoft/teams-js', `the page has ${teamsVersion}, which may be why the host is not heard.`)
    : undefined
}
