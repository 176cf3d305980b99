// The session of Chainlit: its cookie, begun at `/auth/header` and told by `/user`.

import { type Answer, type Ask, isSuccess, refusalOf } from '../carriers/session/ask.js'
import type { SessionRequests } from '../carriers/session/requests.js'
import { AuthError } from '../errors.js'
import type { ChainlitPage } from './page.js'
import { VERSION, VERSION_HEADER, versionComplaint } from './version.js'

export interface ChainlitRequests extends SessionRequests {
  /** What `/user` answered to the last probe, once: for the same question of Chainlit's own. */
  takeUser(): Response | undefined
}

export interface ChainlitRequestContext {
  readonly page: ChainlitPage
  readonly ask: Ask
  /** Who is signed in on the page. */
  accountKey(): string | undefined
  /** Hears of each new session. */
  begun(): void
  /** Tells whoever runs the app. */
  complain(what: string): void
  now(): number
}

/** Chainlit's own default of `user_session_timeout`, for a server that does not tell how long a session lives. */
const DEFAULT_SESSION_MS = 15 * 24 * 60 * 60_000
const EXPIRES_IN_HEADER = 'X-Twodoor-Expires-In-Ms'
const UNAUTHORIZED = { unauthorized: true, claims: undefined } as const
/** The answer to a probe is still true for a question this much later. */
const FRESH_MS = 2_000

export function createChainlitRequests({
  page,
  ask,
  accountKey,
  begun,
  complain,
  now,
}: ChainlitRequestContext): ChainlitRequests {
  let expiresAt = 0
  /** When the server last said that there is no session, unless somebody has taken note. */
  let endedAt = Number.NEGATIVE_INFINITY
  let user: { answer: Answer; at: number } | undefined

  async function begin(token: string, signal: AbortSignal) {
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      [VERSION_HEADER]: VERSION,
    }
    const answer = await ask('POST', page.urlOf('/auth/header'), signal, { headers, body: '{}' })
    const complaint = versionComplaint(answer.headers.get(VERSION_HEADER))
    if (complaint) complain(complaint)
    if (answer.status === 401) return UNAUTHORIZED
    if (!isSuccess(answer)) throw refusalOfChainlit(answer)
    const told = Number(answer.headers.get(EXPIRES_IN_HEADER))
    const expiresInMs = told > 0 ? told : DEFAULT_SESSION_MS
    expiresAt = now() + expiresInMs
    endedAt = Number.NEGATIVE_INFINITY
    begun()
    return { key: accountKey(), expiresInMs }
  }

  /** Whoever found the session ended asks for a new one, and need not be told the same again. */
  async function probe(signal: AbortSignal) {
    const isKnown = now() - endedAt < FRESH_MS
    endedAt = Number.NEGATIVE_INFINITY
    if (isKnown) return UNAUTHORIZED
    const answer = await ask('GET', page.urlOf('/user'), signal)
    user = undefined
    if (answer.status === 401) {
      endedAt = now()
      return UNAUTHORIZED
    }
    if (!isSuccess(answer)) throw refusalOf(answer)
    user = { answer, at: now() }
    const { identifier } = Object(answer.body) as { identifier?: unknown }
    return { key: keyOf(identifier), expiresInMs: Math.max(1, expiresAt - now()) }
  }

  /** An app may name its users in another way. Then only the account of the page says who it is. */
  function keyOf(identifier: unknown): string {
    const isOurs = typeof identifier === 'string' && identifier.startsWith('entra:')
    return isOurs ? identifier : (accountKey() ?? String(identifier))
  }

  return {
    begin,
    probe,
    /** Chainlit's own logout comes first. What is left is a sign-out elsewhere, or a logout that did not get through. */
    async end() {
      const { signal } = new AbortController()
      if ('unauthorized' in (await probe(signal))) return
      const answer = await ask('POST', page.urlOf('/logout'), signal, { keepalive: true })
      if (!isSuccess(answer)) throw refusalOf(answer)
    },
    takeUser() {
      const taken = user
      user = undefined
      if (!taken || now() - taken.at > FRESH_MS) return undefined
      return Response.json(taken.answer.body, { status: taken.answer.status })
    },
  }
}

function refusalOfChainlit(answer: Answer): AuthError {
  const { detail } = Object(answer.body) as { detail?: unknown }
  if (answer.status === 400 && /header_auth_callback/.test(String(detail))) {
    return new AuthError('config_invalid', { phase: 'session', message: NO_CALLBACK })
  }
  if (answer.status !== 403) return refusalOf(answer)
  const message = 'The server does not take requests of this origin.'
  const remedy = 'Name this origin as `public_origin` in the setup of the server.'
  return new AuthError('session_refused', { phase: 'session', message, remedy })
}

/** What somebody has to do whose Chainlit cannot take a token. */
export const NO_CALLBACK = 'Chainlit has no `@cl.header_auth_callback`: register one in app.py.'
