import type { RequestHandler } from 'express'

/** Where the parts of the demo are reached. */
export interface Origins {
  readonly app: string
  /** The app again, for the tab in Teams. */
  readonly tab: string
  readonly teams: string
}

/**
 * Answers only under the names that the server was started with: a foreign site whose name has been made to point at
 * this machine (DNS rebinding) sends its own in `Host`.
 */
export function onlyHosts(...origins: readonly string[]): RequestHandler {
  const hosts = origins.map((origin) => new URL(origin).host)
  return (request, response, next) => {
    if (hosts.includes(request.headers.host ?? '')) return next()
    response.status(421).type('text').send(`Open ${origins[0]}/ instead.`)
  }
}

/** Lets only pages of `origin` through. Together with a JSON body, which needs a preflight, no other site gets in. */
export function onlyFrom(origin: string): RequestHandler {
  return (request, response, next) => {
    if (request.headers.origin === origin && request.is('application/json')) return next()
    response.status(403).json({ error: 'This is for pages of the demo only.' })
  }
}

/** What a page may load, connect to, frame and be framed by. Nothing of it leaves this machine. */
export function contentPolicy(sources: { connect?: string[]; frame?: string[]; ancestors?: string[] }): RequestHandler {
  const list = (values: string[] = []) => values.join(' ') || "'none'"
  const policy = [
    "default-src 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "form-action 'none'",
    `connect-src 'self' ${sources.connect?.join(' ') ?? ''}`,
    `frame-src ${list(sources.frame)}`,
    `frame-ancestors ${list(sources.ancestors)}`,
  ].join('; ')
  return (_request, response, next) => {
    response.set({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    })
    next()
  }
}
