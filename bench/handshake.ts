// What withSocketAuth() adds between io() and `connect`, in Node, over WebSocket, with a token at hand. Measured is the build:
// what runs TypeScript directly wraps each function that is made, and that alone would be most of the difference.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { attachInternals } from '../dist/carriers/internals.js'
import { withSocketAuth } from '../dist/index.js'
import type { AccessToken } from '../src/index.js'
import { differenceRow, inTurns, type Row } from './compare.js'

const ROUNDS = 1_000
/** With fewer the figure still falls from one run to the next: the engine has not compiled everything yet. */
const WARM_UP_ROUNDS = 1_500
/** About as long as a token of Entra ID. */
const TOKEN_LENGTH = 2_000
const TOKEN_LIFETIME_MS = 60 * 60_000

const token: AccessToken = {
  token: 'a'.repeat(TOKEN_LENGTH),
  expiresOnTimestamp: Date.now() + TOKEN_LIFETIME_MS,
  scopes: [],
  account: { key: 'entra:tenant:object', tenantId: 'tenant', objectId: 'object' },
}

export async function measureHandshake(): Promise<Row[]> {
  const http = createServer()
  const server = new Server(http)
  server.use(({ handshake }, next) => next(handshake.auth['token'] === token.token ? undefined : new Error('no token')))
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`

  const wrapped = withSocketAuth(io, createAuth())
  const byHand = () => connect((options) => io(url, { ...options, auth: { token: token.token } }))
  const withWrapper = () => connect((options) => wrapped(url, options))
  await inTurns(WARM_UP_ROUNDS, byHand, withWrapper)
  const samples = await inTurns(ROUNDS, byHand, withWrapper)
  await server.close()
  return [differenceRow('Socket.IO handshake, added by withSocketAuth()', samples, 'ms', 0.1)]
}

/** An Auth as far as the wrapper knows one, with a token in its cache. */
function createAuth() {
  const state = { status: 'signed-in', account: token.account }
  const auth = { state, ready: Promise.resolve(state), getToken: async () => token }
  const never = () => () => {}
  const link = {
    peek: () => token,
    accounts: () => [token.account.key],
    onToken: never,
    onWake: never,
    onAccount: never,
    hasResponse: false,
    disposed: new AbortController().signal,
    protect() {},
    scopesFor: () => undefined,
    emit() {},
  }
  attachInternals(auth, link)
  return auth
}

/** Milliseconds until the server has let the socket in. */
async function connect(open: (options: { transports: string[]; forceNew: true }) => ReturnType<typeof io>) {
  const start = performance.now()
  const socket = open({ transports: ['websocket'], forceNew: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject))
  const duration = performance.now() - start
  const closed = new Promise((done) => socket.io.engine.once('close', done))
  socket.disconnect()
  await closed
  return duration
}
