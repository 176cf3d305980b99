// How the doors over HTTP read a request: that of Node, of the web platform, and of the frameworks on either.

/** A request of `node:http`, Express, Fastify and the like, or of the web platform. */
export interface RequestLike {
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** Node's own. `headers` there has only the first of several. */
  readonly headersDistinct?: Readonly<Record<string, readonly string[] | undefined>> | undefined
  /** Node's own, where the framework has one of its own around it: Fastify, Hapi. */
  readonly raw?: object | undefined
  /** The same in Koa. */
  readonly req?: object | undefined
}

/** A request as {@link RequestLike}, with its method and address. */
export interface HttpRequest extends RequestLike {
  readonly method?: string | undefined
  /** Absolute on the web platform. Node has the path alone, and the host in a header: `host`, in HTTP/2 `:authority`. */
  readonly url?: string | undefined
}

/**
 * The values of a header. The web platform and Node join several by a comma, those of `Cookie` by a semicolon.
 *
 * @param name in lower case
 */
export function headerValues(request: RequestLike, name: string): readonly string[] {
  const { headers }: Partial<RequestLike> = Object(request)
  if (headers && isHeaders(headers)) return [headers.get(name) ?? []].flat()
  const all: readonly [string, unknown][] = Object.entries(distinctHeadersOf(request) ?? headers ?? {})
  const found = all.filter(([each]) => each.toLowerCase() === name)
  return found.flatMap(([, value]) => value).filter((value): value is string => typeof value === 'string')
}

/** Frameworks hand on `headers` alone: of two `Authorization` headers the first would count there. */
function distinctHeadersOf(request: RequestLike): RequestLike['headersDistinct'] {
  const { raw, req }: Partial<RequestLike> = Object(request)
  const { req: ofHapi }: Partial<RequestLike> = Object(raw)
  const wrapped = [request, raw, req, ofHapi].map((each): Partial<RequestLike> => Object(each))
  return wrapped.find(({ headersDistinct }) => headersDistinct)?.headersDistinct
}

/** Where the request was sent, or `undefined` if that is unknown. Behind a proxy that ends TLS it says `http:`. */
export function requestUrlOf(request: HttpRequest): URL | undefined {
  if (isAbsolute(request.url)) return new URL(request.url)
  const [host = authorityOf(request), ...others] = headerValues(request, 'host')
  const address = `http://${host}/`
  return host !== undefined && others.length === 0 && URL.canParse(address) ? new URL(address) : undefined
}

/** What HTTP/2 has in place of `Host` (RFC 9113 §8.3.1). No `Headers` of the web platform can be asked for such a name. */
function authorityOf({ headers }: HttpRequest): string | undefined {
  const authority: unknown = Object(headers)[':authority']
  return typeof authority === 'string' ? authority : undefined
}

function isAbsolute(url: unknown): url is string {
  return typeof url === 'string' && /^https?:/i.test(url) && URL.canParse(url)
}

/** By what it can do: some servers bring a class of their own. */
function isHeaders(headers: RequestLike['headers']): headers is Headers {
  return typeof headers['get' as keyof typeof headers] === 'function'
}
