// The three requests of a session, and what their answers mean.

import { AuthError } from '../../shared/errors.js'
import { claimsChallengeOf } from '../claims-challenge.js'
import { type FoundSession, isLifetime, type SessionAdapter, type SessionStep } from './adapter.js'
import { type AskSession, errorOfAnswer, isSuccess, type SessionAnswer } from './ask.js'

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
  readonly adapter: SessionAdapter
  readonly ask: AskSession
  /** Where a path of the adapter's leads. */
  urlOf(path: string): string
  /** Who is signed in on the page, if that is known. */
  accountKey(): string | undefined
  now(): number
}

/** Stands for whoever has the session, where neither the server nor the page says who that is. */
const SOMEBODY = 'unknown'

export function createRequests({ adapter, ask, urlOf, accountKey, now }: RequestContext): SessionRequests {
  let expiresAt = 0

  /** A stated token comes last: no header of an adapter's takes its place. */
  function send({ method, path, headers, body }: SessionStep, signal: AbortSignal, more: RequestInit = {}) {
    const own = { ...more, headers: { ...headers, ...(more.headers as Record<string, string>) } }
    return ask(method, urlOf(path), signal, body === undefined ? own : { ...own, body })
  }

  function read(answer: SessionAnswer, asked: 'begin' | 'probe'): FoundSession | Unauthorized {
    if (answer.status === 401) return { unauthorized: true, claims: claimsChallengeOf(answer.headers) }
    if (!isSuccess(answer)) throw adapter.refuse?.(answer, asked) ?? errorOfAnswer(answer)
    return adapter.read(answer, asked) ?? { unauthorized: true, claims: undefined }
  }

  return {
    async begin(token, signal) {
      const found = read(await send(adapter.begin, signal, { headers: { Authorization: `Bearer ${token}` } }), 'begin')
      if ('unauthorized' in found) return found
      const { key = accountKey(), expiresInMs } = found
      if (!isLifetime(expiresInMs)) throw new AuthError('session_refused', { phase: 'session', ...NO_LIFETIME })
      expiresAt = now() + expiresInMs
      return { key, expiresInMs }
    },
    async probe(signal) {
      const found = read(await send(adapter.probe, signal), 'probe')
      if ('unauthorized' in found) return found
      const { key = accountKey() ?? SOMEBODY, expiresInMs } = found
      return { key, expiresInMs: isLifetime(expiresInMs) ? expiresInMs : Math.max(1, expiresAt - now()) }
    },
    async end() {
      const answer = await send(adapter.end, new AbortController().signal, { keepalive: true })
      if (answer.status !== 401 && !isSuccess(answer)) throw errorOfAnswer(answer)
    },
  }
}

const NO_LIFETIME = {
  message: 'The session has no end: `read` of the adapter gave no `expiresInMs`.',
  remedy: 'Give it for the answer to `begin`.',
}

export function isUnauthorized(answer: BegunSession | Unauthorized): answer is Unauthorized {
  return 'unauthorized' in answer
}
