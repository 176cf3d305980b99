import type { RequestHandler } from 'express'

/**
 * Answers only under the name that the server was started with: a foreign site whose name has been made to point at
 * this machine (DNS rebinding) sends its own in `Host`.
 */
export function onlyHost(origin: string): RequestHandler {
  const { host } = new URL(origin)
  return (request, response, next) => {
    if (request.headers.host === host) return next()
    response.status(421).type('text').send(`Open ${origin}/ instead.`)
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
