import type { Server, Socket } from 'socket.io'
import type { ChatMessage } from '../pages/door-view.js'
import { type DoorName, doorOf, type Journal } from './journal.js'

const LONGEST_TEXT = 200
const KEPT_MESSAGES = 20

/** One room for everybody whom the server has verified, whichever door they came through. */
export function openChat(io: Server, journal: Journal): void {
  const history: ChatMessage[] = []

  io.on('connection', (socket) => {
    const door = doorOf(socket.handshake.query['door'])
    const { key, name } = callerOf(socket)
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
      journal.write({ from: door, what: 'socket gone', result: reason, tone: 'plain', key })
      journal.leave(socket.id)
    })
  })
}

/** Cuts the transport under every socket, as a dead network would. */
export function cutConnections(io: Server, door?: DoorName): void {
  for (const socket of io.sockets.sockets.values())
    if (!door || doorOf(socket.handshake.query['door']) === door) socket.conn.close()
}

function callerOf({ data }: Socket): { key: string; name: string } {
  const { key, claims } = data.identity
  return { key, name: String(claims['name']) }
}
