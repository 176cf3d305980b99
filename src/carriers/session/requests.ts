// The three requests of a session, and what their answers mean.

import { AuthError } from '../../shared/errors.js'
import { claimsChallengeOf } from '../claims-challenge.js'
import { type AskContext, createAsk, errorOfAnswer, isSuccess, type SessionAnswer } from './ask.js'

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

export interface RequestContext extends AskContext {
  readonly url: string
}

export function createRequests({ url, ...context }: RequestContext): SessionRequests {
  const ask = createAsk(context)

  return {
    begin: async (token, signal) =>
      toSession(await ask('POST', url, signal, { headers: { Authorization: `Bearer ${token}` } })),
    probe: async (signal) => toSession(await ask('GET', url, signal)),
    async end() {
      const answer = await ask('DELETE', url, new AbortController().signal, { keepalive: true })
      if (answer.status !== 401 && !isSuccess(answer)) throw errorOfAnswer(answer)
    },
  }
}

export function isUnauthorized(answer: BegunSession | Unauthorized): answer is Unauthorized {
  return 'unauthorized' in answer
}

function toSession(answer: SessionAnswer): ServerSession | Unauthorized {
  if (answer.status === 401) return { unauthorized: true, claims: claimsChallengeOf(answer.headers) }
  const { key, expiresInMs } = Object(answer.body) as Partial<ServerSession>
  if (!isSuccess(answer)) throw errorOfAnswer(answer)
  if (typeof key === 'string' && key !== '' && Number.isFinite(expiresInMs) && Number(expiresInMs) > 0) {
    return { key, expiresInMs: Number(expiresInMs) }
  }
  const message = 'The session URL did not answer with { key, expiresInMs }.'
  throw new AuthError('session_refused', { phase: 'session', message, remedy: 'Check the answers of the session URL.' })
}
