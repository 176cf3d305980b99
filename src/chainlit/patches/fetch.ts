// The patched `fetch`: Chainlit's calls wait for the session, and a 401 renews it. A call that leaves Chainlit's own paths,
// or that has an `Authorization` of its own, passes untouched.

import type { ChainlitPage } from '../chainlit-page.js'
import type { SessionGate } from '../session/session-gate.js'
import {
  abortable,
  CONTEXT_HEADER,
  canReplay,
  cookieContextOf,
  isRequest,
  replayCopy,
  sentHeaders,
} from '../twodoor.js'
import type { Patches } from './patches.js'

export interface FetchPatchContext {
  readonly window: Window & { fetch: typeof fetch }
  readonly page: ChainlitPage
  readonly fetch: typeof fetch
  /** `undefined` where Chainlit's own login signs in. */
  readonly gate: SessionGate | undefined
  /** What `/auth/config` is to answer here, or why that is impossible. */
  changeLoginConfig(config: unknown): Promise<object | string>
  giveUp(reason: string): void
  now(): number
}

/** A call to one of Chainlit's own paths. */
interface ChainlitCall {
  readonly input: RequestInfo | URL
  readonly init: RequestInit | undefined
  readonly path: string
  readonly method: string
  readonly signal: AbortSignal | null | undefined
}

/** What Chainlit serves without a session, and what belongs to signing in itself. */
const OPEN_PATHS = /^\/(public|assets|copilot|auth|login|favicon|logo|health)(\/|$)/
/** Where the server sets or deletes a cookie, and has to know whether the page is framed. */
const COOKIE_PATHS = ['/logout', '/set-session-cookie']

export function patchFetch(context: FetchPatchContext, patches: Patches): void {
  const { window, page, fetch: native, gate } = context
  /**
   * Settles once `/auth/config`, which Chainlit asks for first, has shown whether its session can be used. If not, a 401 is
   * Chainlit's to handle: it goes to its login page, and cannot be called back.
   */
  let configured: Promise<unknown> = Promise.resolve()
  let isConfigured = false

  async function patchedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const path = patches.active ? page.pathOf(input) : undefined
    if (path === undefined || sentHeaders(input, init).has('authorization')) return native(input, init)
    const request = isRequest(input) ? input : undefined
    const method = (init?.method ?? request?.method ?? 'GET').toUpperCase()
    const call: ChainlitCall = { input, init, path, method, signal: init?.signal ?? request?.signal }
    if (path === '/auth/config') return fetchLoginConfig(call)
    if (!gate) return native(input, init)
    if (path === '/auth/header' && method === 'POST') return answerHeaderLogin(gate, call)
    if (path === '/logout' && method === 'POST') return logOut(gate, call)
    return OPEN_PATHS.test(path) ? native(input, init) : fetchWithSession(gate, call)
  }

  function fetchLoginConfig(call: ChainlitCall): Promise<Response> {
    const answer = answerLoginConfig(call)
    const onAnswer = () => {
      isConfigured = true
    }
    if (!isConfigured) configured = answer.then(onAnswer, () => {})
    return answer
  }

  async function answerLoginConfig({ input, init, signal }: ChainlitCall): Promise<Response> {
    const response = await native(input, init)
    if (!response.ok || !patches.active) return response
    const config = await abortable(context.changeLoginConfig(await jsonOf(response.clone())), signal)
    if (!patches.active) return response
    if (typeof config === 'object') return Response.json(config)
    context.giveUp(config)
    return response
  }

  async function fetchWithSession(gate: SessionGate, call: ChainlitCall): Promise<Response> {
    const { input, path, method, signal } = call
    await abortable(gate.whenOpen(), signal)
    const isUser = path === '/user' && method === 'GET'
    const known = isUser ? gate.takeUser() : undefined
    if (known) return known
    const calledAt = context.now()
    const copy = canReplay(input, call.init) ? replayCopy(input) : undefined
    const init = COOKIE_PATHS.includes(path) ? withContext(call) : call.init
    const response = await native(input, init)
    if (isUser && response.ok) void reportUser(gate, response.clone())
    if (response.status !== 401 || copy === undefined || !isFromChainlit(response)) return response
    await abortable(configured, signal)
    if (!patches.active) return response
    await response.body?.cancel().catch(() => {})
    await abortable(gate.renewSession(calledAt), signal)
    return (isUser && gate.takeUser()) || native(copy, init)
  }

  /** An answer from elsewhere, after a redirect, says nothing of the session. */
  function isFromChainlit({ url }: Response): boolean {
    return url === '' || page.pathOf(url) !== undefined
  }

  async function logOut({ signOut }: SessionGate, call: ChainlitCall): Promise<Response> {
    const response = await native(call.input, withContext(call))
    if (response.ok) await signOut()
    return response
  }

  function withContext({ input, init }: ChainlitCall): RequestInit {
    const headers = sentHeaders(input, init)
    headers.set(CONTEXT_HEADER, cookieContextOf(page.isFramed))
    return { ...init, headers }
  }

  patches.replace(window, 'fetch', patchedFetch, 'window')
}

/** The login page asks for a session that the gate has begun already. */
async function answerHeaderLogin({ whenOpen }: SessionGate, { signal }: ChainlitCall): Promise<Response> {
  await abortable(whenOpen(), signal)
  return Response.json({ success: true })
}

async function reportUser({ onSessionSeen }: SessionGate, response: Response): Promise<void> {
  const { identifier } = Object(await jsonOf(response)) as { identifier?: unknown }
  onSessionSeen(identifier)
}

async function jsonOf(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined)
}
