import { namespaceOf, type SocketLike } from './socket-like.js'

/** Packets that answer a CONNECT, by their type (Socket.IO protocol 5). */
const CONNECT = 0
const CONNECT_ERROR = 4

/**
 * Waits for the answer to a CONNECT, and tells whether the server can restore the connection after a drop. Returns the
 * undo.
 */
export function whenAnswered(socket: SocketLike, hear: (restores: boolean) => void): () => void {
  const stop = () => void socket.io.off('packet', look)

  function look(packet: unknown): void {
    const { type, nsp, data } = Object(packet) as { type?: unknown; nsp?: unknown; data?: unknown }
    if (nsp !== namespaceOf(socket) || (type !== CONNECT && type !== CONNECT_ERROR)) return
    stop()
    // Only a server with connection state recovery gives a `pid`.
    if (type === CONNECT) hear(Boolean(Object(data).pid))
  }

  socket.io.on('packet', look)
  return stop
}
