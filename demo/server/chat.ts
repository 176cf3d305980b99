import type { DefaultEventsMap, Server } from 'socket.io'
import type { AuthenticatedData, Identity, SocketRenewal } from 'twodoor/server'
import type { ChatMessage } from '../pages/door-view.js'
import { doorOf, type Journal } from './journal.js'

export type ChatServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, AuthenticatedData>

const LONGEST_TEXT = 200
const KEPT_MESSAGES = 20

const reasonsOfEnd: Record<string, string> = {
  'forced close': 'cut by the server',
  'client namespace disconnect': 'closed by the page',
  'transport close': 'the page is gone',
}

/** One room for everybody whom the server has verified, whichever door they came through. */
export function openChat(io: ChatServer, journal: Journal): void {
  const history: ChatMessage[] = []

  io.on('connection', (socket) => {
    const door = doorOf(socket.handshake.query['door'])
    const { key, claims } = socket.data.auth
    const name = String(claims['name'])
    journal.write({ from: door, what: 'socket connected', result: 'verified', tone: 'good', key })
    journal.enter(socket.id, door, { key, name })
    socket.emit('history', history)

    socket.on('chat', (text: unknown) => {
      if (typeof text !== 'string' || text.trim() === '' || text.length > LONGEST_TEXT) return
      const message = { at: Date.now(), door, key, name, text: text.trim() }
      history.push(message)
      if (history.length > KEPT_MESSAGES) history.shift()
      journal.write({ from: door, what: 'chat message', result: 'sent to all', tone: 'good', key })
      io.emit('chat', message)
    })
    socket.on('disconnect', (reason) => {
      journal.write({ from: door, what: 'socket gone', result: reasonsOfEnd[reason] ?? reason, tone: 'plain', key })
      journal.leave(socket.id)
    })
  })
}

/** Nothing of an app sees a renewal on its way; `protectSockets` tells of each that has succeeded. */
export function noteRenewal(io: ChatServer, journal: Journal, { id, identity: { key } }: SocketRenewal): void {
  const door = doorOf(io.sockets.sockets.get(id)?.handshake.query['door'])
  journal.write({ from: door, what: 'socket renews', result: 'stays connected', tone: 'good', key })
}

/** Cuts the transport under every socket, as a dead network would. */
export function cutConnections(io: ChatServer): void {
  for (const socket of io.sockets.sockets.values()) socket.conn.close()
}

/** Ends each socket whose token is one of `isOld`, as `protectSockets` does when a token has expired. */
export function endSockets(io: ChatServer, isOld: (identity: Identity) => boolean): void {
  for (const socket of io.sockets.sockets.values()) {
    if (!isOld(socket.data.auth)) continue
    socket.emit('auth:expired', { code: 'token_expired' })
    socket.conn.close()
  }
}
