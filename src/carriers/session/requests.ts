// The three requests of a session, and what their answers mean. Each has a deadline.

import { abortable, withDeadline } from '../../deadline.js'
import { AuthError, type AuthErrorCode } from '../../errors.js'
import { claimsChallengeOf } from '../challenge.js'

/** What a server says of a session. */
export interface ServerSession {
  readonly key: string
  readonly expiresInMs: number
}

/** What a server says of a session that it has begun. It may leave to the probe whose that is. */
export interface BegunSession {
  readonly key?: string | undefined
  readonly expiresInMs: number
}

/** The server wants another token, or, for a probe, has no session. */
export interface Unauthorized {
  readonly unauthorized: true
  readonly claims: string | undefined
}

export interface SessionRequests {
  /** Begins a session with a token. */
  begin(token: string, signal: AbortSignal): Promise<BegunSession | Unauthorized>
  /** Asks for the session that the cookie stands for. */
  probe(signal: AbortSignal): Promise<ServerSession | Unauthorized>
  /** Ends the session. It goes on when the page is left. */
  end(): Promise<void>
}

export interface RequestContext {
  readonly url: string
  /** Whether the page is shown in a frame, where the cookie needs other attributes. */
  readonly framed: boolean
  readonly fetch: typeof fetch
  isOffline(): boolean
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

const REQUEST_DEADLINE_MS = 10_000

export function createRequests({ url, framed, fetch, isOffline }: RequestContext): SessionRequests {
  async function send(method: string, signal: AbortSignal, more: RequestInit = {}): Promise<Answer> {
    const headers = { ...(more.headers as Record<string, string>), 'X-Twodoor-Context': framed ? 'framed' : 'top' }
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

  function ask(method: string, signal: AbortSignal, more?: RequestInit): Promise<Answer> {
    const abort = new AbortController()
    const tooLate = () => {
      throw new AuthError('timed_out', { phase: 'session' })
    }
    const sent = abortable(send(method, abort.signal, more), abort.signal)
    const asked = withDeadline(sent, REQUEST_DEADLINE_MS, tooLate)
    return abortable(asked, signal).finally(() => abort.abort())
  }

  return {
    begin: async (token, signal) =>
      toSession(await ask('POST', signal, { headers: { Authorization: `Bearer ${token}` } })),
    probe: async (signal) => toSession(await ask('GET', signal)),
    async end() {
      const answer = await ask('DELETE', new AbortController().signal, { keepalive: true })
      if (answer.status !== 401 && !isSuccess(answer)) throw refusalOf(answer)
    },
  }
}

export function isUnauthorized(answer: BegunSession | Unauthorized): answer is Unauthorized {
  return 'unauthorized' in answer
}

function toSession(answer: Answer): ServerSession | Unauthorized {
  if (answer.status === 401) return { unauthorized: true, claims: claimsChallengeOf(answer.headers) }
  const { key, expiresInMs } = Object(answer.body) as Partial<ServerSession>
  if (!isSuccess(answer)) throw refusalOf(answer)
  if (typeof key === 'string' && key !== '' && Number.isFinite(expiresInMs) && Number(expiresInMs) > 0) {
    return { key, expiresInMs: Number(expiresInMs) }
  }
  const message = 'The session URL did not answer with { key, expiresInMs }.'
  throw new AuthError('session_refused', { phase: 'session', message, remedy: 'Check the answers of the session URL.' })
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300
}

function refusalOf({ status, body }: Answer): AuthError {
  const { code } = Object(body) as { code?: unknown }
  const reason = typeof code === 'string' && /^\w{1,40}$/.test(code) ? ` and the code ${code}` : ''
  const message = `The session URL answered with status ${status}${reason}.`
  const remedy = 'Check the address, and what the server says of the refusal.'
  const kind = codeOf(status)
  return new AuthError(kind, { phase: 'session', message, ...(kind === 'session_refused' && { remedy }) })
}

function codeOf(status: number): AuthErrorCode {
  if (status === 429) return 'throttled'
  return status === 408 || status >= 500 ? 'unavailable' : 'session_refused'
}
