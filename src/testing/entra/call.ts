// One request, taken apart once.

import { randomText } from './random.js'

/** A part of Entra ID that answers requests. */
export type EntraEndpoint = 'authorize' | 'token' | 'logout' | 'keys' | 'discovery'

export interface EntraCall {
  readonly endpoint: EntraEndpoint | 'unknown'
  readonly method: string
  readonly path: string
  /** The first path segment, in lower case: a tenant, `common` or `organizations`. */
  readonly authority: string
  readonly query: Parameters
  /** The form of a POST; empty otherwise. */
  readonly form: Parameters
  readonly cookies: Parameters
  readonly origin: string | undefined
  readonly correlationId: string
}

/** Of a parameter that is there twice, the first counts. */
export type Parameters = ReadonlyMap<string, string>

const endpoints: readonly (readonly [EntraEndpoint, RegExp])[] = [
  ['authorize', /^\/oauth2\/v2\.0\/authorize$/],
  ['token', /^\/oauth2\/v2\.0\/token$/],
  ['logout', /^\/oauth2\/v2\.0\/logout$/],
  ['keys', /^\/discovery\/(v2\.0\/)?keys$/],
  ['discovery', /^\/(v2\.0\/)?\.well-known\/openid-configuration$|^\/discovery\/instance$/],
]

export async function readCall(request: Request): Promise<EntraCall> {
  const { pathname, searchParams } = new URL(request.url)
  const [, authority = '', rest = ''] = pathname.match(/^\/([^/]+)(\/.*)$/) ?? []
  const query = firstOfEach(searchParams)
  const isPost = request.method === 'POST'
  const own = isPost ? firstOfEach(new URLSearchParams(await request.text())) : new Map<string, string>()
  const form = isPost ? new Map([...clientInHeader(request), ...own]) : own
  return {
    endpoint: endpoints.find(([, pattern]) => pattern.test(rest))?.[0] ?? 'unknown',
    method: request.method,
    path: pathname,
    authority: authority.toLowerCase(),
    query,
    form,
    cookies: parseCookies(request.headers.get('cookie') ?? ''),
    origin: request.headers.get('origin') ?? undefined,
    correlationId: form.get('client-request-id') || query.get('client-request-id') || crypto.randomUUID(),
  }
}

/** A request ID as Entra ID gives to every answer. */
export function newRequestId(): string {
  return randomText(16)
}

/** The client ID and the secret of RFC 6749 section 2.3.1, which may come in the form as well. */
function clientInHeader({ headers }: Request): Parameters {
  const [, encoded = ''] = headers.get('authorization')?.match(/^Basic +(\S+)$/i) ?? []
  try {
    const [, id, secret] = atob(encoded).match(/^([^:]+):(.*)$/) ?? []
    if (id === undefined || secret === undefined) return new Map()
    return new Map([
      ['client_id', decodeFormText(id)],
      ['client_secret', decodeFormText(secret)],
    ])
  } catch {
    return new Map()
  }
}

/** @throws {URIError} */
function decodeFormText(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}

function firstOfEach(parameters: URLSearchParams): Parameters {
  const first = new Map<string, string>()
  for (const [name, value] of parameters) if (!first.has(name)) first.set(name, value)
  return first
}

function parseCookies(header: string): Parameters {
  const pairs = header.split(';').map((pair) => pair.trim().split('='))
  return new Map(pairs.flatMap(([name, ...value]) => (name ? [[name, value.join('=')]] : [])))
}
