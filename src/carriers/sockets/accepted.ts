import { namespaceOf, type SocketLike } from './socket-like.js'

/** The packet that accepts a CONNECT, by its type (Socket.IO protocol 5). */
const CONNECT = 0

/** Waits until the server accepts, and tells whether it can restore the connection after a drop. Returns the undo. */
export function whenAccepted(socket: SocketLike, hear: (restores: boolean) => void): () => void {
  const stop = () => void socket.io.off('packet', look)

  function look(packet: unknown): void {
    const { type, nsp, data } = Object(packet) as { type?: unknown; nsp?: unknown; data?: unknown }
    if (nsp !== namespaceOf(socket) || type !== CONNECT) return
    stop()
    // Only a server with connection state recovery gives a `pid`.
    hear(Boolean(Object(data).pid))
  }

  socket.io.on('packet', look)
  return stop
}
