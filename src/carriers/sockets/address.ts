// Where a connection leads. What `io()` was told says little: engine.io-client makes its own of it and of the options, and
// anybody who shares the Manager can change both.

import { isSafe } from '../../options.js'
import { socketError } from './socket-error.js'
import type { ManagerLike } from './socket-like.js'

/** Private by their types, in some versions. */
interface Place {
  readonly hostname: string
  readonly port: string | number
  readonly secure: boolean
  readonly path: string
}
interface Connection {
  readonly engine: Place & { readonly opts: { readonly path: string; readonly transportOptions?: object } }
}

/**
 * A socket is protected by being passed, but no token goes anywhere that `protectedResources` would refuse.
 *
 * @throws {AuthError} `config_invalid`
 */
export function checkAddress(manager: ManagerLike): void {
  const { hostname, port, secure, opts } = (manager as object as Connection).engine
  const place: Place = { hostname, port, secure, path: opts.path }
  // The options of a transport come last: each can lead to a place of its own.
  const places = [place, ...Object.values(opts.transportOptions ?? {}).map((own): Place => ({ ...place, ...own }))]
  if (!places.every(isSafePlace)) throw socketError('config_invalid', { message: 'A socket needs https.' })
}

/** What is not encrypted has to be this origin, or loopback. The path follows the host, and must not go on with it. */
function isSafePlace({ secure, hostname, port, path }: Place): boolean {
  const host = hostname.replace(/.*:.*/, '[$&]') // IPv6
  return secure || (path[0] === '/' && isSafe(new URL(`http://${host}:${port}`), globalThis.location?.href))
}
