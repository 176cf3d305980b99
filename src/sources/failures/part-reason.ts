// Why a part could not be loaded. A script tag has no parts, and leaves this out.

import { addressesIn, type Evidence } from './evidence.js'
import { blockedBy, missing, mistake, type Reason, THROWN } from './reason.js'

/** What a policy blocks scripts by. */
const running = /^(script|default)-src/
/** As browsers say that a file did not come, or was no script. Loaders have words of their own, which nobody can list. */
const notLoaded = /imported module|a module script/i
const gone = [404, 410]
/** That a library is not there, lacks something, or is too old (library.ts). */
const aboutPeer =
  /specifier|does not resolve to|cannot find module|could not resolve|provide an export|importing binding|is older than/i

export function reasonOfPart({ text, blocked, ...answer }: Evidence): Reason | undefined {
  const denied = blocked.find(({ url, directive }) => running.test(directive) && addressesIn(text).includes(url))
  if (denied) return blockedBy(denied)
  const [, family, name] = /(@microsoft|@azure)[/_](teams-js|msal-browser)/.exec(text) ?? []
  if (name && aboutPeer.test(text)) return missing(`${family}/${name}`)
  if (mistake.test(text) && !notLoaded.test(text)) return THROWN
  return isGone(answer) ? { why: 'part_gone', retryable: false, values: { status: `${answer.status}` } } : undefined
}

/** After a deployment: the server has no such file any more, or answers with a page of the app. */
function isGone({ status = 0, contentType }: Pick<Evidence, 'status' | 'contentType'>): boolean {
  return gone.includes(status) || (status === 200 && !!contentType && !/(java|ecma)script/i.test(contentType))
}
