// What is used of socket.io, by structure. The package is never imported, not even for its types, so that a server
// without sockets need not have it.

import type { Identity } from '../tokens/identity.js'

/** A method of socket.io that is wrapped. */
export type Method = (...args: unknown[]) => unknown

/** The part of a `Socket` of socket.io 4 that is used here. */
export interface SocketLike {
  readonly id: string
  readonly connected: boolean
  readonly handshake: { readonly auth: object }
  readonly data: object
  /** The transport, which all namespaces of a client share. */
  readonly conn: { close(): unknown }
  readonly nsp: { readonly name: string }
  emit(event: string, ...args: unknown[]): unknown
}

export type Middleware = (socket: SocketLike, next: (error?: Error) => void) => void

/** The part of a `Namespace` that is used here. */
export interface NamespaceLike {
  readonly name: string
  readonly adapter: object
  use(middleware: Middleware): unknown
  on(event: 'connection', listener: (socket: SocketLike) => void): unknown
  off(event: 'connection', listener: (socket: SocketLike) => void): unknown
}

/** The part of a `Server` that is used here. */
export interface ServerLike {
  /** Documented nowhere, but the only list of the namespaces that are there already. */
  readonly _nsps: ReadonlyMap<string, NamespaceLike>
  on(event: 'new_namespace', listener: (namespace: NamespaceLike) => void): unknown
  off(event: 'new_namespace', listener: (namespace: NamespaceLike) => void): unknown
}

/** What `socket.data` has: `new Server<Incoming, Outgoing, BetweenServers, AuthenticatedData>()`. */
export interface AuthenticatedData {
  /** Whose socket it is. Replaced when the token is renewed: read it anew each time. */
  auth: Identity
}

/** The data of a socket whose token may not have been checked. */
export type UncheckedData = { auth?: Identity | undefined }
