// A socket that loses its network and gets it back. One at a time, the last one closed to its end: engine.io-client tells
// only every second connection of a page that it is offline.

import { io, type Socket } from 'socket.io-client'
import { createAuth, withSocketAuth } from '../../src/index.js'
import './page.js'

type Engine = Socket['io']['engine']

let wentOnlineAt = 0
// Before anything else of the page listens: what others do about the event belongs to what is measured.
window.addEventListener('online', () => {
  wentOnlineAt = performance.now()
})

const auth = createAuth(window.config.options)
const ways = {
  twodoor: () => withSocketAuth(io, auth)({ forceNew: true }),
  'by-hand': () => io({ forceNew: true, auth: (send) => void auth.getToken().then(({ token }) => send({ token })) }),
}
let socket: Socket | undefined
let failedOffline: Promise<unknown> = Promise.resolve()
let connectedAfterMs: Promise<number> = Promise.resolve(Number.NaN)

const backOnline = {
  async open(way: keyof typeof ways): Promise<void> {
    if (socket) await close(socket)
    socket = ways[way]()
    const { io: manager } = socket
    await connected(socket)
    // As it is most of its life.
    if (manager.engine.transport.name !== 'websocket') await next(manager.engine, 'upgrade')
    failedOffline = new Promise((resolve) => manager.once('reconnect_error', resolve))
    connectedAfterMs = connected(socket).then(() => performance.now() - wentOnlineAt)
  },
  /** Resolves once an attempt has failed and the next one is a while off. */
  failedOffline: () => failedOffline.then(() => {}),
  connectedAfterMs: () => connectedAfterMs,
}

function connected(opened: Socket): Promise<void> {
  return new Promise((resolve) => opened.once('connect', resolve))
}

function next(engine: Engine, event: 'close' | 'upgrade'): Promise<void> {
  return new Promise((resolve) => engine.once(event, () => resolve()))
}

function close(opened: Socket): Promise<void> {
  const closed = next(opened.io.engine, 'close')
  opened.disconnect()
  return closed
}

declare global {
  interface Window {
    backOnline: typeof backOnline
  }
}

window.auth = auth
window.backOnline = backOnline
