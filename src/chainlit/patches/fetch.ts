// The calls of Chainlit's frontend. All that leave its own paths, or bring an `Authorization` of their own, pass untouched.

import { isRequest, sentHeaders } from '../../carriers/fetch/call.js'
import { canReplay, replayCopy } from '../../carriers/fetch/replay.js'
import { CONTEXT_HEADER, cookieContextOf } from '../../carriers/session/ask.js'
import { abortable } from '../../shared/deadline.js'
import type { ChainlitPage } from '../page.js'
import type { Entrance } from '../session-gate.js'
import type { Patches } from './patches.js'

export interface FetchPatch {
  readonly window: Window & { fetch: typeof fetch }
  readonly page: ChainlitPage
  readonly fetch: typeof fetch
  /** Where somebody signs in. `undefined` where Chainlit's own login does. */
  readonly entrance: Entrance | undefined
  /** What `/auth/config` says here, or why nothing can be done with it. */
  configure(config: unknown): Promise<object | string>
  givenUp(reason: string): void
  now(): number
}

/** What Chainlit gives to everybody, and what belongs to signing in itself. */
const OPEN_PATHS = /^\/(public|assets|copilot|auth|login|favicon|logo|health)(\/|$)/
/** Where the server sets or deletes a cookie, and has to know what kind. */
const COOKIE_PATHS = ['/logout', '/set-session-cookie']

export function patchFetch(context: FetchPatch, patches: Patches): void {
  const { window, page, fetch: native, entrance, now } = context
  /** Settles once it is known whether Chainlit can be entered at all, which it asks for before anything else. */
  let judged: Promise<unknown> = Promise.resolve()
  let isJudged = false

  async function call(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const path = patches.active ? page.pathOf(input) : undefined
    if (path === undefined || sentHeaders(input, init).has('authorization')) return native(input, init)
    const method = (init?.method ?? (isRequest(input) ? input.method : 'GET')).toUpperCase()
    const signal = init?.signal ?? (isRequest(input) ? input.signal : undefined)
    if (path === '/auth/config') {
      const answer = configured(input, init, signal)
      const judge = () => {
        isJudged = true
      }
      if (!isJudged) judged = answer.then(judge, () => {})
      return answer
    }
    if (!entrance) return native(input, init)
    if (path === '/auth/header' && method === 'POST') return headerLogin(entrance, signal)
    if (path === '/logout' && method === 'POST') return logout(entrance, input, init)
    return OPEN_PATHS.test(path) ? native(input, init) : guarded(entrance, path, method, input, init, signal)
  }

  async function configured(
    input: RequestInfo | URL,
    init: RequestInit | undefined,
    signal: AbortSignal | null | undefined,
  ): Promise<Response> {
    const response = await native(input, init)
    if (!response.ok || !patches.active) return response
    const answer: unknown = await response
      .clone()
      .json()
      .catch(() => undefined)
    const config = await abortable(context.configure(answer), signal)
    if (!patches.active) return response
    if (typeof config === 'object') return Response.json(config)
    context.givenUp(config)
    return response
  }

  /** The login page asks for what the entrance has seen to already. */
  async function headerLogin({ admitted }: Entrance, signal: AbortSignal | null | undefined): Promise<Response> {
    await abortable(admitted(), signal)
    return Response.json({ success: true })
  }

  async function logout({ leave }: Entrance, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const response = await native(input, withContext(input, init))
    if (response.ok) await leave()
    return response
  }

  async function guarded(
    entrance: Entrance,
    path: string,
    method: string,
    input: RequestInfo | URL,
    init: RequestInit | undefined,
    signal: AbortSignal | null | undefined,
  ): Promise<Response> {
    await abortable(entrance.admitted(), signal)
    const isUser = path === '/user' && method === 'GET'
    const known = isUser ? entrance.takeUser() : undefined
    if (known) return known
    const began = now()
    const again = canReplay(input, init) ? replayCopy(input) : undefined
    const more = COOKIE_PATHS.includes(path) ? withContext(input, init) : init
    const response = await native(input, more)
    if (isUser && response.ok) void tell(entrance, response.clone())
    if (response.status !== 401 || again === undefined || !isOfChainlit(response)) return response
    // Whoever is sent away to sign in cannot be called back.
    await abortable(judged, signal)
    if (!patches.active) return response
    await response.body?.cancel().catch(() => {})
    await abortable(entrance.renew(began), signal)
    return (isUser && entrance.takeUser()) || native(again, more)
  }

  /** What a redirect has led to elsewhere says nothing of the session here. */
  function isOfChainlit({ url }: Response): boolean {
    return url === '' || page.pathOf(url) !== undefined
  }

  async function tell({ proven }: Entrance, user: Response): Promise<void> {
    const { identifier } = Object(await user.json().catch(() => undefined)) as { identifier?: unknown }
    proven(identifier)
  }

  function withContext(input: RequestInfo | URL, init: RequestInit | undefined): RequestInit {
    const headers = sentHeaders(input, init)
    headers.set(CONTEXT_HEADER, cookieContextOf(window.parent !== window.self))
    return { ...init, headers }
  }

  patches.replace(window, 'fetch', call, 'window.fetch')
}
