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

/** The oldest teams-js that is supported, and the oldest one that hears a host on http, such as an emulator. */
const OLDEST = { atAll: '2.31', onHttp: '2.58' }

/** The page can have a teams-js that is too old. But the host may just be slow. */
function diagnoseSilentHost({ text, parent }: Evidence): Diagnosis | undefined {
  const version = /^teams-js (\d.*)/.exec(text)?.[1]
  if (!version) return undefined
  const isOlder = (than: string) => version.localeCompare(than, undefined, { numeric: true }) < 0
  if (isOlder(OLDEST.atAll))
    return unusablePeer('@microsoft/teams-js', `the page has ${version}, which may be why the host is not heard.`)
  if (!isOlder(OLDEST.onHttp) || !parent?.startsWith('http:')) return undefined
  return { refused: 'unsupported', why: 'http_host', retryable: false, values: { version, host: parent } }
}
