// What is lost while a socket gets another token, with a message every 2 ms in each direction. Against what apps do by
// hand: `disconnect()` and `connect()` with the new one.

import type { Server } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import { attachInternals } from '../dist/carriers/internals.js'
import { withSocketAuth } from '../dist/index.js'
import { protectSockets } from '../dist/server/index.js'
import type { AccessToken } from '../src/index.js'
import { countRow, inTurns, type Row } from './compare.js'
import { startLoopback, within } from './loopback.js'

interface Client {
  readonly socket: Socket
  /** Gives the server another token. */
  renew(): Promise<void>
}

type Options = Partial<Parameters<typeof io>[1]>
type OpenClient = (url: string, options: Options) => Client

const ROUNDS = 2
const INTERVAL_MS = 2
/** As many as the server takes from a socket in a minute. */
const RENEWALS = 6
const MESSAGES_BETWEEN = 50
/** About as long as a token of Entra ID. */
const TOKEN_LENGTH = 2_000
const TOKEN_LIFETIME_MS = 60 * 60_000

const websocket = { transports: ['websocket'] }
const polling = { transports: ['polling'] }
const retries = { retries: 5, ackTimeout: 5_000 }
const account = { key: 'entra:tenant:object', tenantId: 'tenant', objectId: 'object' } as const
/** A token says when it expires, and nothing else. */
const verifier = {
  verify: async (token: unknown) => ({ ...account, expiresAt: Number.parseInt(String(token), 10), claims: {} }),
}

export async function measureLiveRenewal(): Promise<Row[]> {
  return [
    await measure('WebSocket', websocket),
    await measure('WebSocket, with retries', { ...websocket, ...retries }),
    await measure('polling', polling),
    await measure('polling, with retries', { ...polling, ...retries }),
  ]
}

async function measure(name: string, options: Options): Promise<Row> {
  const { base, again, other } = await inTurns(
    ROUNDS,
    () => countLost(inBand, options),
    () => countLost(byHand, options),
  )
  const what = `renewal over the live socket, ${name}: messages lost, against a new connection`
  return countRow(what, [...base, ...again], 0, other)
}

/** How many messages of both directions never arrive. */
async function countLost(open: OpenClient, options: Options): Promise<number> {
  const { io: server, url } = await startLoopback()
  protectSockets(server, verifier)
  const { socket, renew } = open(url, { ...options, forceNew: true, autoConnect: false })
  const traffic = createTraffic(server, socket)
  try {
    await within(connect(socket), 'a connection')
    traffic.start()
    for (let i = 0; i < RENEWALS; i++) {
      await traffic.sendMore()
      await within(renew(), `a renewal by ${open.name}`)
    }
    await traffic.sendMore()
    return await within(traffic.finish(), 'the last messages')
  } finally {
    traffic.stop()
    socket.disconnect()
    await server.close()
  }
}

function inBand(url: string, options: Options): Client {
  const auth = createAuth()
  const socket = withSocketAuth(io, auth)(url, options)
  return {
    socket,
    async renew() {
      const { id } = socket
      await auth.renew()
      if (!socket.connected || socket.id !== id) throw new Error('The renewal has replaced the connection.')
    },
  }
}

function byHand(url: string, options: Options): Client {
  const socket = io(url, { ...options, auth: (send) => send({ token: createToken().token }) })
  return { socket, renew: () => connect(socket.disconnect()) }
}

async function connect(socket: Socket): Promise<void> {
  await new Promise<void>((resolve, reject) => socket.connect().once('connect', resolve).once('connect_error', reject))
}

/** A message in each direction, again and again. */
function createTraffic(server: Server, socket: Socket) {
  const arrived = { up: new Set<unknown>(), down: new Set<unknown>() }
  let sent = 0
  let timer: ReturnType<typeof setInterval> | undefined
  let onSent = (_count: number) => {}

  server.on('connection', (peer) => {
    peer.on('up', (serial: unknown, acknowledge?: () => void) => {
      arrived.up.add(serial)
      acknowledge?.()
    })
    peer.on('last', (acknowledge: () => void) => acknowledge())
  })
  socket.on('down', (serial: unknown) => arrived.down.add(serial))
  socket.on('last', (acknowledge: () => void) => acknowledge())

  function send(): void {
    sent += 1
    server.emit('down', sent)
    socket.emit('up', sent)
    onSent(sent)
  }

  const stop = () => clearInterval(timer)
  return {
    stop,
    start() {
      timer = setInterval(send, INTERVAL_MS)
    },
    sendMore(): Promise<void> {
      const enough = sent + MESSAGES_BETWEEN
      return new Promise((resolve) => {
        onSent = (count) => count >= enough && resolve()
      })
    },
    /** Messages keep their order: once the last one is there, what has not arrived never will. */
    async finish(): Promise<number> {
      stop()
      await socket.emitWithAck('last')
      await Promise.all([...server.of('/').sockets.values()].map((peer) => peer.emitWithAck('last')))
      return 2 * sent - arrived.up.size - arrived.down.size
    },
  }
}

/** An Auth as far as the wrapper knows one, which gets another token when it is told to. */
function createAuth() {
  let token = createToken()
  let publish = (_token: AccessToken) => {}
  let onRenewed = () => {}
  const auth = {
    state: { status: 'signed-in' },
    getToken: async () => token,
    /** Resolves once the server has the new one. */
    renew: () =>
      new Promise<void>((resolve) => {
        onRenewed = resolve
        token = createToken()
        publish(token)
      }),
  }
  attachInternals(auth, {
    hasResponse: false,
    disposed: new AbortController().signal,
    peek: () => token,
    accounts: () => [],
    onToken(listener: typeof publish) {
      publish = listener
      return () => {}
    },
    onWake: () => () => {},
    onAccount: () => () => {},
    protect() {},
    scopesFor: () => undefined,
    emit: (event) => event.type === 'socket' && event.action === 'renewed' && onRenewed(),
  })
  return auth
}

let issued = 0

function createToken(): AccessToken {
  issued += 1 // no two expire at the same time
  const expiresOnTimestamp = Date.now() + TOKEN_LIFETIME_MS + issued
  return { token: `${expiresOnTimestamp}.`.padEnd(TOKEN_LENGTH, 'a'), expiresOnTimestamp, scopes: [], account }
}
