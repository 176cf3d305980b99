// Ends by itself once it has heard what it waits for, unless a timer keeps it. Uses what `npm test` has built.

import { EventEmitter } from 'node:events'
import { io } from 'socket.io-client'
import { attachInternals } from '../../../../dist/carriers/internals.js'
import { withSocketAuth } from '../../../../dist/index.js'

const [url, event, hangs] = process.argv.slice(2)
const HOUR_MS = 3_600_000
const account = { key: 'entra:contoso:alice', tenantId: 'contoso', objectId: 'alice' }
const token = { token: 't1', expiresOnTimestamp: Date.now() + HOUR_MS, scopes: [], account }
const asked = new EventEmitter()
const auth = {
  state: { status: 'signed-in' },
  getToken() {
    setImmediate(() => asked.emit('asked'))
    return new Promise(() => {})
  },
}
attachInternals(auth, {
  peek: () => (hangs ? undefined : token),
  accounts: () => [account.key],
  onToken: () => () => {},
  onAccount: () => () => {},
  onWake: () => () => {},
  disposed: new AbortController().signal,
  protect() {},
  emit() {},
})

// No back-off is short.
Math.random = () => 1
const patience = setInterval(() => {}, HOUR_MS)
const socket = withSocketAuth(io, auth)(url, { transports: ['websocket'], autoUnref: true, forceNew: true })
const source = event === 'asked' ? asked : socket
source.once(event, () => {
  // Whatever else hears of it comes first.
  setImmediate(() => {
    process.stdout.write(event)
    clearInterval(patience)
  })
})
