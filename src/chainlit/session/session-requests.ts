// The requests of Chainlit's session, as chainlitSession() describes them, and what the drop-in needs beside them.

import type { ChainlitPage } from '../chainlit-page.js'
import {
  type AskSession,
  chainlitSession,
  createRequests,
  isSuccess,
  isUnauthorized,
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

const NO_SESSION = { unauthorized: true, claims: undefined } as const
/** For how long the answer to a probe is relied on. */
const FRESH_MS = 2_000

export function createChainlitRequests(context: ChainlitRequestContext): ChainlitRequests {
  const { page, onBegun, warn, now } = context
  const { urlOf } = page
  const chainlit = chainlitSession(urlOf(''))
  const headers = { ...chainlit.begin.headers, [VERSION_HEADER]: VERSION }
  const adapter = { ...chainlit, begin: { ...chainlit.begin, headers } }
  const session = createRequests({ ...context, urlOf, adapter, ask })
  /** When a probe found that there is no session, until a second one has got that answer, too. */
  let endedAt = 0
  let userAnswer: { answer: SessionAnswer; at: number } | undefined
  let ending = Promise.resolve()

  async function ask(...asked: Parameters<AskSession>): Promise<SessionAnswer> {
    const answer = await context.ask(...asked)
    const [, url] = asked
    if (url === urlOf(adapter.probe.path)) userAnswer = isSuccess(answer) ? { answer, at: now() } : undefined
    const warning = url === urlOf(adapter.begin.path) && versionWarning(answer.headers.get(VERSION_HEADER))
    if (warning) warn(warning)
    return answer
  }

  async function beginSession(token: string, signal: AbortSignal) {
    const begun = await session.begin(token, signal)
    if (isUnauthorized(begun)) return begun
    endedAt = 0
    onBegun()
    return begun
  }

  /** A probe that finds no session leads to a renewal, which probes again at once: that one is not sent. */
  async function probe(signal: AbortSignal) {
    const isKnown = now() - endedAt < FRESH_MS
    endedAt = 0
    if (isKnown) return NO_SESSION
    const found = await session.probe(signal)
    if (isUnauthorized(found)) endedAt = now()
    return found
  }

  /** Chainlit's own logout comes before it. There is still a session after a sign-out elsewhere, or a logout that failed. */
  async function endSession(): Promise<void> {
    const { signal } = new AbortController()
    if ('unauthorized' in (await probe(signal))) return
    return session.end()
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
