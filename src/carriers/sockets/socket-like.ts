// What is used of socket.io-client, by structure: its documented public surface. The little more that there is no other
// way to is named where it is used, and tested with 4.4.0 and 4.8.4. The package is never imported, not even for its
// types, so that an app without sockets need not have it.

type Listener = (...args: unknown[]) => void

/** The low-level connection. A new object each time the Manager opens one. */
export interface EngineLike {
  readonly readyState: string
  close(): unknown
  once(event: 'drain' | 'upgrade', listener: () => void): unknown
}

/** Opens the connection that the sockets of one server share, and opens it again after a drop. */
export interface ManagerLike {
  /** `undefined` before the first connection. */
  readonly engine: EngineLike
  readonly opts: { readonly autoUnref?: boolean | undefined; readonly auth?: unknown }
  /** Whether it opens the connection again by itself. */
  reconnection(): boolean
  on(event: 'packet', listener: Listener): unknown
  off(event: 'packet', listener: Listener): unknown
}

/** The part of a `Socket` of socket.io-client 4 that is used here. */
export interface SocketLike {
  /** What goes with CONNECT: an object, or a function that gives it to its callback. */
  auth: unknown
  connected: boolean
  /** Whether the Manager keeps this socket connected by itself. */
  readonly active: boolean
  sendBuffer: unknown[]
  receiveBuffer: unknown[]
  readonly io: ManagerLike
  connect(): unknown
  open(): unknown
  disconnect(): unknown
  close(): unknown
  on(event: string, listener: Listener): unknown
  off(event?: string, listener?: Listener): unknown
  listeners(event: string): ((...args: never[]) => unknown)[]
}

/** Sends CONNECT with this payload. */
export type SendConnect = (payload: object) => void

/** The form of `auth` that socket.io-client asks anew each time an engine opens. */
export type AuthFunction = (this: SocketLike, send: SendConnect) => void

/** Adds what is missing: an app may have removed all listeners of the socket since the last time. */
export function ensureListeners(socket: SocketLike, listeners: Record<string, Listener>): void {
  for (const [event, listener] of Object.entries(listeners)) {
    if (!socket.listeners(event).includes(listener)) socket.on(event, listener)
  }
}

/** Private by its type, but there is no other way to tell the packets and events of namespaces apart. */
export function namespaceOf(socket: SocketLike): string {
  return Reflect.get(socket, 'nsp') as string
}

/** Private by their types, in some versions. */
interface Traffic {
  readonly writeBuffer: readonly unknown[]
  readonly upgrading: boolean
}

/**
 * Closes a connection that others use, while nothing of theirs is on its way and as long as `may` agrees.
 *
 * In a task of its own: socket.io-client hands a packet on a moment after it has come. A namespace that hears "accepted"
 * once the connection is closed would take itself for connected, and what it sends would be lost.
 */
export function closeBetween(manager: ManagerLike, engine: EngineLike, may = () => true): void {
  const again = () => closeBetween(manager, engine, may)
  startTimer(
    manager,
    () => {
      const { writeBuffer, upgrading } = engine as EngineLike & Traffic
      if (engine.readyState !== 'open' || !may()) return
      if (writeBuffer.length > 0) engine.once('drain', again)
      else if (upgrading) engine.once('upgrade', again)
      else engine.close()
    },
    0,
  )
}

export type Timer = ReturnType<typeof setTimeout>

/** Keeps a process of Node running only where the connection itself does. */
export function startTimer({ opts }: ManagerLike, act: () => void, delay: number): Timer {
  const timer = setTimeout(act, delay)
  if (opts.autoUnref) (timer as { unref?(): void }).unref?.()
  return timer
}

export function removeListeners(socket: SocketLike, listeners: Record<string, Listener>): void {
  for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener)
}
