// The requests of Chainlit's session: `/auth/header` sets its cookie, `/user` names its user, `/logout` ends it.

import type { ChainlitPage } from '../chainlit-page.js'
import {
  type AskSession,
  AuthError,
  errorOfAnswer,
  isSuccess,
  type SessionAnswer,
  type SessionRequests,
} from '../twodoor.js'
import { VERSION, VERSION_HEADER, versionWarning } from '../version.js'

export interface ChainlitRequests extends SessionRequests {
  /** The answer of `/user` to the last probe, once: Chainlit is about to make the same request. */
  takeUser(): Response | undefined
  /** Settles when no logout is under way any more. Never rejects. */
  ended(): Promise<void>
}

export interface ChainlitRequestContext {
  readonly page: ChainlitPage
  readonly ask: AskSession
  /** Who is signed in on the page. */
  accountKey(): string | undefined
  /** Called for each new session. */
  onBegun(): void
  /** Called with what the developer of the app has to see to. */
  warn(message: string): void
  now(): number
}

/** Chainlit's default for `user_session_timeout`, where the server does not say how long a session lives. */
const DEFAULT_SESSION_MS = 15 * 24 * 60 * 60_000
const EXPIRES_IN_HEADER = 'X-Twodoor-Expires-In-Ms'
const NO_SESSION = { unauthorized: true, claims: undefined } as const
/** For how long the answer to a probe is relied on. */
const FRESH_MS = 2_000

export function createChainlitRequests({
  page,
  ask,
  accountKey,
  onBegun,
  warn,
  now,
}: ChainlitRequestContext): ChainlitRequests {
  let expiresAt = 0
  /** When a probe found that there is no session, until a second one has got that answer, too. */
  let endedAt = 0
  let userAnswer: { answer: SessionAnswer; at: number } | undefined
  let ending = Promise.resolve()

  async function beginSession(token: string, signal: AbortSignal) {
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      [VERSION_HEADER]: VERSION,
    }
    const answer = await ask('POST', page.urlOf('/auth/header'), signal, { headers, body: '{}' })
    const warning = versionWarning(answer.headers.get(VERSION_HEADER))
    if (warning) warn(warning)
    if (answer.status === 401) return NO_SESSION
    if (!isSuccess(answer)) throw errorOfHeaderAuth(answer)
    const statedMs = Number(answer.headers.get(EXPIRES_IN_HEADER))
    const expiresInMs = statedMs > 0 ? statedMs : DEFAULT_SESSION_MS
    expiresAt = now() + expiresInMs
    endedAt = 0
    onBegun()
    return { key: accountKey(), expiresInMs }
  }

  /** A probe that finds no session leads to a renewal, which probes again at once: that one is not sent. */
  async function probe(signal: AbortSignal) {
    const isKnown = now() - endedAt < FRESH_MS
    endedAt = 0
    if (isKnown) return NO_SESSION
    const answer = await ask('GET', page.urlOf('/user'), signal)
    userAnswer = undefined
    if (answer.status === 401) {
      endedAt = now()
      return NO_SESSION
    }
    if (!isSuccess(answer)) throw errorOfAnswer(answer)
    userAnswer = { answer, at: now() }
    const { identifier } = Object(answer.body) as { identifier?: unknown }
    return { key: keyOf(identifier), expiresInMs: Math.max(1, expiresAt - now()) }
  }

  /** An app may name its users in another way. Then only the account of the page says who it is. */
  function keyOf(identifier: unknown): string {
    return isAccountKey(identifier) ? identifier : (accountKey() ?? String(identifier))
  }

  /** Chainlit's own logout comes before it. There is still a session after a sign-out elsewhere, or a logout that failed. */
  async function endSession(): Promise<void> {
    const { signal } = new AbortController()
    if ('unauthorized' in (await probe(signal))) return
    const answer = await ask('POST', page.urlOf('/logout'), signal, { keepalive: true })
    if (!isSuccess(answer)) throw errorOfAnswer(answer)
  }

  return {
    begin: beginSession,
    probe,
    end() {
      const ended = endSession()
      ending = ended.catch(() => {})
      return ended
    },
    ended: () => ending,
    takeUser() {
      const taken = userAnswer
      userAnswer = undefined
      if (!taken || now() - taken.at > FRESH_MS) return undefined
      return Response.json(taken.answer.body, { status: taken.answer.status })
    },
  }
}

/** Whether a user of Chainlit is named as twodoor names accounts: `Account.key`. */
export function isAccountKey(identifier: unknown): identifier is string {
  return typeof identifier === 'string' && identifier.startsWith('entra:')
}

function errorOfHeaderAuth(answer: SessionAnswer): AuthError {
  const { detail } = Object(answer.body) as { detail?: unknown }
  if (answer.status === 400 && /header_auth_callback/.test(String(detail))) {
    return new AuthError('config_invalid', { phase: 'session', message: NO_CALLBACK })
  }
  if (answer.status !== 403) return errorOfAnswer(answer)
  const message = 'The server does not accept requests from this origin.'
  const remedy = 'Name this origin in `public_origin` of setup().'
  return new AuthError('session_refused', { phase: 'session', message, remedy })
}

/** Without it Chainlit cannot take a token. */
export const NO_CALLBACK = 'Chainlit has no `@cl.header_auth_callback`: register one in app.py.'
