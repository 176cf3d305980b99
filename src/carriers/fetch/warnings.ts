// What a developer has to change where a call came back with 401, and `fetch` alone would not say why. Loaded by a 401.

import type { AuthEvent } from '../../events.js'
import { findResource, type Resource } from '../../shared/resources.js'
import type { toUrl } from '../../shared/url.js'

export interface WarningContext {
  /** The engine has it: imported here as well, it would be a file of its own in a bundle. */
  readonly toUrl: typeof toUrl
  readonly resources: readonly Resource[]
  readonly window: Window
  emit(event: AuthEvent): void
}

/** An answer with the status 401, as far as the page can read it. */
export interface UnauthorizedAnswer {
  readonly origin: string
  /** Whether the token was sent there. */
  readonly isProtected: boolean
  /** Whether it is the origin of the page, whose headers can all be read. */
  readonly isOwn: boolean
  /** `WWW-Authenticate`. Across origins `null` as well where the API does not expose it. */
  readonly challenge: string | null
}

/** What was warned of already, for the resources of each `Auth`. */
const warned = new WeakMap<readonly Resource[], Set<string>>()

/** Warns in the console, once for each thing that is to be changed, and tells `onEvent`. */
export function warn({ toUrl, resources, window, emit }: WarningContext, { url, headers }: Response): void {
  const answered = toUrl(url)
  if (!answered) return
  const { origin } = answered
  const isProtected = findResource(resources, answered) !== undefined
  const isOwn = origin === window.location.origin
  const message = warningFor({ origin, isProtected, isOwn, challenge: headers.get('www-authenticate') })
  const before = warned.get(resources) ?? new Set()
  if (!message || before.has(message)) return
  warned.set(resources, before.add(message))
  console.warn(`twodoor: ${message}`)
  emit({ type: 'warning', message })
}

/** In words, or `undefined` where the answer is as it should be. */
export function warningFor({ origin, isProtected, isOwn, challenge }: UnauthorizedAnswer): string | undefined {
  const isHidden = challenge === null && !isOwn
  if (isProtected && isHidden)
    return `${origin} answered 401, and CORS hides why. Let the API send "Access-Control-Expose-Headers: WWW-Authenticate", or a claims challenge cannot be read.`
  const asksForToken = isHidden || /\bbearer\b/i.test(challenge ?? '')
  if (isProtected || !asksForToken) return undefined
  return `${origin} answered 401 to a call without a token. If it is an API of yours, list it in \`protectedResources\`.`
}
