// Why a part of twodoor could not be loaded. The script tag has all parts inside, and is built without this file.

import { BUG, blockedByPolicy, CODE_THREW, type Diagnosis, unusablePeer } from './diagnosis.js'
import { addressesIn, type Evidence } from './evidence.js'

/** The directives that block a script. */
const SCRIPT_DIRECTIVE = /^(script|default)-src/
/** How browsers say that a file did not come, or was no script. Module loaders have messages of their own. */
const NOT_LOADED = /imported module|a module script/i
const GONE_STATUSES = [404, 410]
/** How the split script tag says it (create-require.ts): cut off, or with another hash. */
const NOT_RUN = /^Failed to load /
/** A library is missing, lacks an export, or is too old (versions.ts). */
const PEER_PROBLEM =
  /specifier|does not resolve to|cannot find module|could not resolve|provide an export|importing binding|is older than/i

export function diagnoseLoad({ text, blocked, ...response }: Evidence): Diagnosis | undefined {
  const denied = blocked.find(
    ({ url, directive }) => SCRIPT_DIRECTIVE.test(directive) && addressesIn(text).includes(url),
  )
  if (denied) return blockedByPolicy(denied)
  const [, family, name] = /(@microsoft|@azure)[/_](teams-js|msal-browser)/.exec(text) ?? []
  if (name && PEER_PROBLEM.test(text)) return unusablePeer(`${family}/${name}`)
  if (BUG.test(text) && !NOT_LOADED.test(text)) return CODE_THREW
  if (isFileGone(response)) return { why: 'part_gone', retryable: false, values: { status: `${response.status}` } }
  if (response.status !== 200 || !NOT_RUN.test(text)) return undefined
  return { why: 'part_gone', values: { status: 'another file' } }
}

/** After a deployment the server no longer has the file, or answers with a page of the app. */
function isFileGone({ status = 0, contentType }: Pick<Evidence, 'status' | 'contentType'>): boolean {
  return GONE_STATUSES.includes(status) || (status === 200 && !!contentType && !/(java|ecma)script/i.test(contentType))
}
