// Namespaces that are made when a client asks for them: `io.of(/…/)` and `io.of((name, auth, next) => …)`. The token of a
// CONNECT is checked before one is made: a client without a token could make thousands, which stay.

import type { Method, ServerLike } from './socket-like.js'
import type { SocketRefusal } from './token-check.js'

/** A client of all namespaces, as Socket.IO has it: the owner of one connection. */
export interface ClientLike {
  readonly conn: { readonly readyState?: unknown; close(): unknown }
  _packet(packet: object): unknown
}

/** Documented nowhere, and the same from Socket.IO 4.4 to 4.8. */
interface ServerInternals {
  /** Asks the patterns and functions, one after the other, and makes the namespace. */
  _checkNamespace: (name: string, payload: unknown, answer: (namespace: unknown) => void) => void
  readonly parentNsps?: { readonly size: number }
  of: Method
}

/** Of the Socket.IO protocol (PacketType of socket.io-parser). */
const CONNECT_ERROR = 4

/** What Socket.IO sends for an error of a middleware. */
export interface ConnectErrorData {
  readonly message: string
  readonly data: object
}

/** A CONNECT to a namespace that does not exist yet. */
export interface DynamicConnect {
  readonly client: ClientLike
  readonly payload: unknown
  readonly namespace: string
}

export interface DynamicHandlers {
  /** Counts the CONNECT. `false`: it is one too many, and gets no answer. */
  countConnect(client: ClientLike, namespace: string): boolean
  /** Why the CONNECT is refused. `undefined`: the namespace may be made. Never rejects. */
  refusalOf(connect: DynamicConnect): Promise<SocketRefusal | undefined>
  connectErrorOf(refusal: SocketRefusal): ConnectErrorData
}

export function canGuardDynamicNamespaces(io: ServerLike): boolean {
  const { _checkNamespace, of } = io as ServerLike & Partial<ServerInternals>
  return typeof _checkNamespace === 'function' && typeof of === 'function'
}

/** Checks each CONNECT to a namespace that does not exist yet. Returns the undo. */
export function guardDynamicNamespaces(io: ServerLike, handlers: DynamicHandlers): () => void {
  const { countConnect, refusalOf, connectErrorOf } = handlers
  const own = io as ServerLike & ServerInternals
  const { _checkNamespace: make } = own

  const guarded: ServerInternals['_checkNamespace'] = (name, payload, answer) => {
    const proceed = () => Reflect.apply(make, io, [name, payload, answer])
    if (own.parentNsps?.size === 0) return proceed()
    const client = clientBehind(own, answer)
    if (!client) return answer(false)
    if (!countConnect(client, name)) return undefined
    void refusalOf({ client, payload, namespace: name }).then((refusal) => {
      if (client.conn.readyState !== 'open') return
      if (refusal) client._packet({ type: CONNECT_ERROR, nsp: name, data: connectErrorOf(refusal) })
      else proceed()
    })
    return undefined
  }

  own._checkNamespace = guarded
  return () => {
    if (own._checkNamespace === guarded) own._checkNamespace = make
  }
}

/**
 * The client that a CONNECT came from. Only the callback for the answer leads to it: with an answer, the client asks
 * `io.of()` for the namespace at once, and adds itself to what it gets. So it gets a stand-in that only notes the client.
 */
function clientBehind(own: ServerInternals, answer: (namespace: unknown) => void): ClientLike | undefined {
  const found: ClientLike[] = []
  const before = Object.getOwnPropertyDescriptor(own, 'of')
  own.of = () => ({ _add: (client: ClientLike) => void found.push(client) })
  try {
    answer(true)
  } finally {
    Reflect.deleteProperty(own, 'of')
    if (before) Object.defineProperty(own, 'of', before)
  }
  const [client] = found
  return typeof client?._packet === 'function' && typeof client.conn?.close === 'function' ? client : undefined
}
