// Why a part could not be loaded. A script tag has no parts, and leaves this out.

import { addressesIn, type Evidence } from './evidence.js'
import { blockedBy, missing, type Reason } from './reason.js'

/** What a policy blocks scripts by. */
const running = /^(script|default)-src/
/** As browsers and bundlers say that a file did not come, or was no script. */
const notLoaded = /imported module|a module script|chunk|no answer/i
/** That a library is not there, lacks something, or is too old (library.ts). */
const aboutPeer =
  /specifier|does not resolve to|cannot find module|could not resolve|provide an export|importing binding|is older than/i

export function reasonOfPart({ text, blocked, status = 0 }: Evidence): Reason | undefined {
  const denied = blocked.find(({ url, directive }) => running.test(directive) && addressesIn(text).includes(url))
  if (denied) return blockedBy(denied)
  const [, family, name] = /(@microsoft|@azure)[/_](teams-js|msal-browser)/.exec(text) ?? []
  if (name && aboutPeer.test(text)) return missing(`${family}/${name}`)
  if (!notLoaded.test(text)) return { refused: 'unsupported', why: 'thrown', retryable: false }
  // A server that answers with something else than the script has a new version of the app.
  const isGone = status > 0 && status < 500
  return isGone ? { why: 'part_gone', retryable: false, values: { status: `${status}` } } : undefined
}
