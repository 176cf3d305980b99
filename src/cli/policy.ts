// Content-Security-Policy, as far as it is about frames and requests. Source: W3C, "Content Security Policy Level 3", §2.2
// (parsing), §6.7.2 (which addresses a source expression matches).

/** The sources of each directive. */
export type Policy = ReadonlyMap<string, readonly string[]>

/** All of them hold at once. A policy that only reports is none. */
export function policiesOf(headers: Headers, metaPolicies: readonly string[] = []): readonly Policy[] {
  return [headers.get('content-security-policy') ?? '', ...metaPolicies]
    .flatMap((value) => value.split(','))
    .map(parsePolicy)
    .filter(({ size }) => size > 0)
}

/** Each `frame-ancestors` that the headers have. It does not fall back to `default-src` (CSP Level 3, §6.4.2). */
export function ancestorLists(headers: Headers): readonly (readonly string[])[] {
  return policiesOf(headers).flatMap((policy) => {
    const list = policy.get('frame-ancestors')
    return list ? [list] : []
  })
}

/** Browsers that know `frame-ancestors` go by that alone (CSP Level 3, §6.4.2.2), and ignore every other value. */
export function isKeptOutOfFrames(headers: Headers): boolean {
  const value = headers.get('x-frame-options') ?? ''
  return ancestorLists(headers).length === 0 && /\b(deny|sameorigin)\b/i.test(value)
}

function parsePolicy(text: string): Policy {
  const policy = new Map<string, readonly string[]>()
  for (const directive of text.split(';')) {
    const [name = '', ...sources] = directive.trim().toLowerCase().split(/\s+/)
    if (name && !policy.has(name)) policy.set(name, sources)
  }
  return policy
}

const hostSource =
  /^(?:(?<scheme>[a-z][a-z\d+.-]*):\/\/)?(?<host>\*|(?:\*\.)?[^/:*]+)(?::(?<port>\d+|\*))?(?<path>\/.*)?$/

/**
 * Whether these sources allow all of `wanted`: an origin, or one with `*.` before its host. A wildcard of a policy stands for
 * any number of labels.
 *
 * @param self - the origin of the page
 */
export function allows(sources: readonly string[], wanted: string, self: string): boolean {
  return sources.some((source) => allowsOne(source, wanted, self))
}

function allowsOne(source: string, wanted: string, self: string): boolean {
  if (source === '*' || source === wanted || (source === "'self'" && wanted === self)) return true
  const [, protocol = '', wantedHost = '', wantedPort = ''] = /^(https?):\/\/([^:]+)(?::(\d+))?$/.exec(wanted) ?? []
  // http in a policy stands for https too, never the other way round.
  const isScheme = (scheme: string) => scheme === protocol || (scheme === 'http' && protocol === 'https')
  if (/^https?:$/.test(source)) return isScheme(source.slice(0, -1))
  const { scheme, host = '', port = '', path = '/' } = hostSource.exec(source)?.groups ?? {}
  if (!host || (scheme !== undefined && !isScheme(scheme))) return false
  const isPort = port === '*' || (port || '443') === (wantedPort || '443') || port === wantedPort
  return isPort && path === '/' && isHost(host, wantedHost)
}

function isHost(host: string, wanted: string): boolean {
  if (host === '*' || host === wanted) return true
  return host.startsWith('*.') && wanted.endsWith(host.slice(1))
}
