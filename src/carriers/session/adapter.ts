// What a session is at a server: three requests, and what its answers mean.

import { AuthError } from '../../shared/errors.js'
import type { SessionAnswer } from './ask.js'

/** A request of {@link SessionAdapter}. */
export interface SessionStep {
  readonly method: string
  /** Appended to `url`: `/auth/header`, or nothing. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
}

/** What an answer says of a session. */
export interface FoundSession {
  /** Whose it is: `Account.key`. Left out where the server names its users otherwise: then it is taken for that of the page. */
  readonly key?: string | undefined
  /** Until it ends, in milliseconds. An answer to `probe` may leave it out, or have one that is none. */
  readonly expiresInMs?: number | undefined
}

/**
 * A server that is not yours: how its session is begun with a token, looked at and ended, and what its answers mean. It only
 * describes: `keepSession` sends the requests, with the cookie, within 10 s, and never follows a redirect with them.
 *
 * ```ts
 * const session = keepSession(auth, {
 *   url: 'https://wiki.contoso.com',
 *   begin: { method: 'POST', path: '/login/token' },   // the token comes with it, in `Authorization: Bearer`
 *   probe: { method: 'GET', path: '/whoami' },
 *   end: { method: 'POST', path: '/logout' },
 *   read: ({ body }, asked) => (asked === 'begin' ? { expiresInMs: 3_600_000 } : {}),
 * })
 * ```
 */
export interface SessionAdapter {
  /**
   * What all requests lie below. The token is that of the entry of `AuthOptions.protectedResources` that this URL lies in, if that
   * has `scopes`: name those of the server there. Without, it gets the token for `AuthOptions.scopes`.
   */
  readonly url: string
  /** Gets the token in `Authorization: Bearer`, and sets the cookie. */
  readonly begin: SessionStep
  /** Says whether there is a session. */
  readonly probe: SessionStep
  /** Ends it, and removes the cookie: sent when the user signs out. It may find no session. */
  readonly end: SessionStep
  /**
   * What an answer with a status of 2xx says; 401 always stands for none. `undefined`: there is no session.
   *
   * @param body - what the answer held as JSON, or `undefined`
   */
  read(answer: SessionAnswer, asked: 'begin' | 'probe'): FoundSession | undefined
  /** What any other status means, where it is known better than by the status. */
  refuse?: ((answer: SessionAnswer, asked: 'begin' | 'probe') => AuthError | undefined) | undefined
  /**
   * Whether the server is told by `X-Twodoor-Context` where its cookie is to live, as `twodoor/server` wants it. One of another
   * origin has to allow that header by CORS.
   *
   * @default false
   */
  readonly tellsContext?: boolean | undefined
}

/** The session of a server with `createSessions()` of `twodoor/server`. */
export function ownSession(url: string): SessionAdapter {
  return {
    url,
    begin: { method: 'POST', path: '' },
    probe: { method: 'GET', path: '' },
    end: { method: 'DELETE', path: '' },
    tellsContext: true,
    read({ body }) {
      const { key, expiresInMs } = Object(body) as FoundSession
      if (typeof key === 'string' && key !== '' && isLifetime(expiresInMs)) return { key, expiresInMs }
      const message = 'The session URL did not answer with { key, expiresInMs }.'
      throw new AuthError('session_refused', {
        phase: 'session',
        message,
        remedy: 'Check the answers of the session URL.',
      })
    },
  }
}

export function isLifetime(ms: unknown): ms is number {
  return typeof ms === 'number' && Number.isFinite(ms) && ms > 0
}
