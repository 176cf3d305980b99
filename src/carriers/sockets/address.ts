// Where a connection really leads. The arguments of `io()` do not say it: engine.io-client derives the address from them and
// from the options, and all code that shares the Manager can change both.

import { isTrustworthy } from '../../shared/origins.js'
import { socketError } from './socket-error.js'
import type { ManagerLike } from './socket-like.js'

/** Private by their types, in some versions. */
interface Endpoint {
  readonly hostname: string
  readonly port: string | number
  readonly secure: boolean
  readonly path: string
}
interface Connection {
  readonly engine: Endpoint & { readonly opts: { readonly path: string; readonly transportOptions?: object } }
}

/**
 * A socket is protected by being passed, but no token goes anywhere that `protectedResources` would refuse.
 *
 * @throws {AuthError} `config_invalid`
 */
export function checkAddress(manager: ManagerLike): void {
  const { hostname, port, secure, opts } = (manager as object as Connection).engine
  const endpoint: Endpoint = { hostname, port, secure, path: opts.path }
  // The options of a transport come last: each can lead to an address of its own.
  const endpoints = [
    endpoint,
    ...Object.values(opts.transportOptions ?? {}).map((own): Endpoint => ({ ...endpoint, ...own })),
  ]
  if (!endpoints.every(isSafeEndpoint)) throw socketError('config_invalid', { message: 'A socket needs https.' })
}

/** What is not encrypted has to be this origin, or loopback. The path follows the host, and must not go on with it. */
function isSafeEndpoint({ secure, hostname, port, path }: Endpoint): boolean {
  const host = hostname.replace(/.*:.*/, '[$&]') // IPv6
  return secure || (path[0] === '/' && isTrustworthy(new URL(`http://${host}:${port}`), globalThis.location?.href))
}
