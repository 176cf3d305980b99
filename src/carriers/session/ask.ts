// How a server is asked about a session: with the cookie, past every cache, within a deadline, and never further than it.

import { abortable, withDeadline } from '../../shared/deadline.js'
import { AuthError, type AuthErrorCode } from '../../shared/errors.js'
import { retryAfterMs } from '../../shared/retry-after.js'

export interface AskContext {
  /** Whether the page is shown in a frame, where the cookie needs other attributes. `undefined`: the server is not told. */
  readonly framed: boolean | undefined
  readonly fetch: typeof fetch
  isOffline(): boolean
}

export interface SessionAnswer {
  readonly status: number
  readonly headers: Headers
  /** What it held as JSON, or `undefined`. */
  readonly body: unknown
}

export type AskSession = (
  method: string,
  url: string,
  signal: AbortSignal,
  more?: RequestInit,
) => Promise<SessionAnswer>

const ANSWER_DEADLINE_MS = 10_000

/** @throws {AuthError} `offline`, `unavailable`, `timed_out`, or the reason of the signal */
export function createAsk({ framed, fetch, isOffline }: AskContext): AskSession {
  async function send(method: string, url: string, signal: AbortSignal, more: RequestInit): Promise<SessionAnswer> {
    const context = framed !== undefined && { [CONTEXT_HEADER]: cookieContextOf(framed) }
    const headers = { ...(more.headers as Record<string, string>), ...context }
    try {
      const sent = { credentials: 'include', redirect: 'error', cache: 'no-store' } as const
      const response = await fetch(url, { ...sent, ...more, method, headers, signal })
      const body: unknown = await response.json().catch(() => undefined)
      return { status: response.status, headers: response.headers, body }
    } catch (cause) {
      const message = 'The session URL cannot be reached, redirects, or is not open to this origin by CORS.'
      if (isOffline()) throw new AuthError('offline', { phase: 'session', cause })
      throw new AuthError('unavailable', { phase: 'session', cause, message })
    }
  }

  return (method, url, signal, more = {}) => {
    const abort = new AbortController()
    const tooLate = () => {
      throw new AuthError('timed_out', { phase: 'session' })
    }
    const sent = abortable(send(method, url, abort.signal, more), abort.signal)
    const asked = withDeadline(sent, ANSWER_DEADLINE_MS, tooLate)
    return abortable(asked, signal).finally(() => abort.abort())
  }
}

/** Tells the server where the cookie is to live. Another origin cannot send it without being asked first (CORS). */
export const CONTEXT_HEADER = 'X-Twodoor-Context'

export function cookieContextOf(framed: boolean): 'framed' | 'top' {
  return framed ? 'framed' : 'top'
}

export function isSuccess({ status }: SessionAnswer): boolean {
  return status >= 200 && status < 300
}

export function errorOfAnswer({ status, headers, body }: SessionAnswer): AuthError {
  const { code } = Object(body) as { code?: unknown }
  const reason = typeof code === 'string' && /^\w{1,40}$/.test(code) ? ` and the code ${code}` : ''
  const message = `The session URL answered with status ${status}${reason}.`
  const remedy = 'Check the address, and what the server says of the refusal.'
  const kind = codeOfStatus(status)
  const wait = retryAfterMs(headers)
  return new AuthError(kind, {
    phase: 'session',
    message,
    ...(kind === 'session_refused' && { remedy }),
    ...(wait > 0 && { cause: { retryAfterMs: wait } }),
  })
}

/** For how many milliseconds the server that answered so does not want to be asked again. */
export function retryAfterMsOf({ cause }: AuthError): number {
  return Number((Object(cause) as { retryAfterMs?: unknown }).retryAfterMs) || 0
}

function codeOfStatus(status: number): AuthErrorCode {
  if (status === 429) return 'throttled'
  return status === 408 || status >= 500 ? 'unavailable' : 'session_refused'
}
