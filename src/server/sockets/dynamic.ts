// Namespaces that are made when somebody asks for them: `io.of(/…/)` and `io.of((name, auth, next) => …)`. The token of a
// CONNECT is checked before one is made, or whoever has none could make thousands, which stay.

import type { SocketRefusal } from './check.js'
import type { ServerLike } from './socket-like.js'

type Method = (...args: unknown[]) => unknown

/** A client of all namespaces, as Socket.IO has it: the owner of one connection. */
export interface ClientLike {
  readonly conn: { readonly readyState?: unknown; close(): unknown }
  _packet(packet: object): unknown
}

/** Documented nowhere, and the same from Socket.IO 4.4 to 4.8. */
interface Internals {
  /** Asks the patterns and functions, one after the other, and makes the namespace. */
  _checkNamespace: (name: string, payload: unknown, answer: (namespace: unknown) => void) => void
  readonly parentNsps?: { readonly size: number }
  of: Method
}

/** Of the protocol of Socket.IO (PacketType of socket.io-parser). */
const CONNECT_ERROR = 4

/** What Socket.IO sends for an error of a middleware. */
export interface ConnectErrorData {
  readonly message: string
  readonly data: object
}

export function canGuardDynamic(io: ServerLike): boolean {
  const { _checkNamespace, of } = io as ServerLike & Partial<Internals>
  return typeof _checkNamespace === 'function' && typeof of === 'function'
}

export interface DynamicGate {
  /** Whether a CONNECT of this client is taken at all. */
  enter(client: ClientLike, namespace: string): boolean
  /** Why it is refused, if so. Never rejects. */
  admit(client: ClientLike, payload: unknown, namespace: string): Promise<SocketRefusal | undefined>
  connectError(refusal: SocketRefusal): ConnectErrorData
}

/** Asks about each CONNECT to a namespace that is not there. Returns the undo. */
export function guardDynamic(io: ServerLike, { enter, admit, connectError }: DynamicGate): () => void {
  const own = io as ServerLike & Internals
  const { _checkNamespace: make } = own

  const guarded: Internals['_checkNamespace'] = (name, payload, answer) => {
    const proceed = () => Reflect.apply(make, io, [name, payload, answer])
    if (own.parentNsps?.size === 0) return proceed()
    const client = clientBehind(own, answer)
    if (!client) return answer(false)
    if (!enter(client, name)) return undefined
    void admit(client, payload, name).then((refusal) => {
      if (client.conn.readyState !== 'open') return
      if (refusal) client._packet({ type: CONNECT_ERROR, nsp: name, data: connectError(refusal) })
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
 * Who asks. Nothing tells it but the answer: with one the client asks `io.of()` for the namespace at once, and adds itself
 * to what it gets. So it gets something that only looks at it.
 */
function clientBehind(own: Internals, answer: (namespace: unknown) => void): ClientLike | undefined {
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
