// One request and its answer, as far as an answer from anybody can be trusted: bounded in time, in length and in redirects,
// over http and https alone, and without credentials.

import { isPlainHttp, toUrl } from '../../shared/url.js'
import { UsageError } from '../command.js'

/** For an answer, with everything it is redirected by. */
export const VISIT_DEADLINE_MS = 10_000
const MAX_REDIRECTS = 10
const MAX_BYTES = 4_000_000
const REDIRECTS = [301, 302, 303, 307, 308]

/** What reaches out of this process. */
export interface Reach {
  readonly fetch: typeof fetch
  readonly now: () => number
  /** A signal that aborts after so many milliseconds. */
  readonly deadline: (ms: number) => AbortSignal
  /** Aborted when the user ends the command. */
  readonly signal: AbortSignal
}

export interface Visit {
  /** Where the answer came from, after redirects. */
  readonly url: URL
  /** Every address that the way went through, without query and fragment, which can hold a secret. */
  readonly redirects: readonly string[]
  readonly status: number
  readonly headers: Headers
  /** At most 4 MB of the body. */
  readonly text: string
  /** Whether the body is longer than that. */
  readonly isCut: boolean
  /** Before the last request and after the head of its answer, by the clock of this machine. */
  readonly sentAt: number
  readonly receivedAt: number
}

export interface Ask {
  readonly method?: 'GET' | 'OPTIONS'
  readonly headers?: Readonly<Record<string, string>>
}

/** @throws {UsageError} where there is no answer */
export async function visit(start: URL, reach: Reach, ask: Ask = {}): Promise<Visit> {
  const ended = new AbortController()
  const end = () => ended.abort()
  const signals = [reach.signal, reach.deadline(VISIT_DEADLINE_MS)]
  for (const signal of signals) {
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
  }
  try {
    return await follow(start, { ...reach, signal: ended.signal }, ask)
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (reach.signal.aborted) throw new UsageError('Ended before there was an answer.', { cause: error })
    throw new UsageError(`${withoutQuery(start)} could not be reached: ${reasonOf(error, start)}.`, { cause: error })
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', end)
  }
}

async function follow(
  start: URL,
  { fetch, now, signal }: Reach,
  { method = 'GET', headers = {} }: Ask,
): Promise<Visit> {
  const redirects: string[] = []
  let url = start
  for (;;) {
    const sentAt = now()
    const answer = await fetch(url.href, { method, headers, signal, redirect: 'manual', credentials: 'omit' })
    const receivedAt = now()
    // No browser follows one of a preflight (Fetch, "CORS-preflight fetch").
    const mayRedirect = method === 'GET' && REDIRECTS.includes(answer.status)
    const location = mayRedirect ? answer.headers.get('location') : null
    if (location === null) {
      const beginning = await beginningOf(answer)
      return { url, redirects, status: answer.status, headers: answer.headers, ...beginning, sentAt, receivedAt }
    }
    await answer.body?.cancel()
    url = nextAddress(location, url)
    redirects.push(withoutQuery(url))
    if (redirects.length > MAX_REDIRECTS)
      throw new UsageError(`${withoutQuery(start)} redirects more than ${MAX_REDIRECTS} times.`)
  }
}

function nextAddress(location: string, url: URL): URL {
  const next = toUrl(location, url.href)
  if (next && isPlainHttp(next)) return next
  throw new UsageError(`${withoutQuery(url)} redirects to an address that is neither http nor https.`)
}

async function beginningOf({ body }: Response): Promise<Pick<Visit, 'text' | 'isCut'>> {
  if (!body) return { text: '', isCut: false }
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { text: text + decoder.decode(), isCut: false }
    bytes += value.length
    text += decoder.decode(value, { stream: true })
    if (bytes <= MAX_BYTES) continue
    await reader.cancel()
    return { text, isCut: true }
  }
}

export function withoutQuery({ origin, pathname }: URL): string {
  return `${origin}${pathname}`
}

/** What Node says, in words. */
const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
}
/** A certificate of a development server, as a rule. */
const untrusted = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/

function reasonOf(error: unknown, { hostname }: URL): string {
  const { name, cause } = (error ?? {}) as { name?: unknown; cause?: { code?: unknown } }
  const code = String(cause?.code ?? '')
  if (name === 'AbortError') return `there was no answer within ${VISIT_DEADLINE_MS / 1000} s`
  if (untrusted.test(code))
    return 'Node does not trust its certificate: NODE_EXTRA_CA_CERTS=<file> adds one that it is to trust'
  if (code === 'ENOTFOUND' && hostname.endsWith('.localhost'))
    return 'Node does not know names below `localhost`, as browsers do: name localhost itself'
  return Object.hasOwn(reasons, code) ? `${reasons[code]}` : 'the connection failed'
}
