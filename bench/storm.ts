// A server that restarts under a thousand sockets of one source, none of whose tokens it takes any more. Against asking
// for a token by hand at each CONNECT.

import { io, type Socket } from 'socket.io-client'
import { attachInternals } from '../dist/carriers/internals.js'
import { withSocketAuth } from '../dist/index.js'
import { protectSockets, TokenRefusedError } from '../dist/server/index.js'
import { createTokenStore } from '../dist/tokens/token-store.js'
import type { AccessToken } from '../src/index.js'
import { boundRow, countRow, inTurns, type Row, type Samples } from './compare.js'
import { type Loopback, startLoopback, within } from './loopback.js'

interface Storm {
  readonly acquisitions: number
  readonly handshakesPerSocket: number
}

interface Source {
  open(url: string): Socket
  /** Lets go of the tokens. */
  close(): void
}

interface World {
  /** Asks Entra ID for a token, so to speak. */
  acquire(): Promise<AccessToken>
  now(): number
}

const ROUNDS = 2
const SOCKETS = 1_000
const ACQUISITION_MS = 200
const TOKEN_LIFETIME_MS = 60 * 60_000
/** So long that the token has not come just now, and that it lives. */
const A_WHILE_MS = 10 * 60_000
const options = { transports: ['websocket'], forceNew: true }
const account = { key: 'entra:tenant:object', tenantId: 'tenant', objectId: 'object' } as const

export async function measureStorm(): Promise<Row[]> {
  return [
    ...(await measure('expired tokens', TOKEN_LIFETIME_MS)),
    ...(await measure('tokens that only the server finds expired', A_WHILE_MS)),
  ]
}

/** @param passedMs how much time the sockets see pass while the server restarts */
async function measure(name: string, passedMs: number): Promise<Row[]> {
  const storms = await inTurns(
    ROUNDS,
    () => restart(fromTwodoor, passedMs),
    () => restart(byHand, passedMs),
  )
  const ofEach = (value: (storm: Storm) => number): Samples => {
    const { base, again, other } = storms
    return { base: base.map(value), again: again.map(value), other: other.map(value) }
  }
  const { base, again, other } = ofEach(({ acquisitions }) => acquisitions)
  const handshakes = ofEach(({ handshakesPerSocket }) => handshakesPerSocket)
  const what = `1,000 sockets after a restart, ${name}`
  return [
    countRow(`${what}: acquisitions, against one by hand at each CONNECT`, [...base, ...again], 1, other),
    boundRow(`${what}: handshakes a socket, against the same`, handshakes, '', 1.3),
  ]
}

/** Restarts the server, and waits until every socket is back. */
async function restart(createSource: (world: World) => Source, passedMs: number): Promise<Storm> {
  let passed = 0
  let acquisitions = 0
  const now = () => Date.now() + passed
  const acquire = async () => {
    acquisitions += 1
    await new Promise((resolve) => setTimeout(resolve, ACQUISITION_MS))
    return createToken(now())
  }
  const source = createSource({ acquire, now })
  const before = await startServer(now)
  const sockets = Array.from({ length: SOCKETS }, () => source.open(before.url))
  try {
    await within(allConnected(sockets), 'the first connections')
    const back = allConnected(sockets)
    await before.io.close()
    passed = passedMs
    acquisitions = 0
    const after = await startServer(now, before.port)
    await within(back, 'all sockets after the restart')
    const handshakesPerSocket = after.handshakes() / SOCKETS
    for (const socket of sockets) socket.disconnect()
    await after.io.close()
    return { acquisitions, handshakesPerSocket }
  } finally {
    for (const socket of sockets) socket.disconnect()
    source.close()
  }
}

async function allConnected(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.once('connect', resolve))))
}

/** A server to which every token has expired that was issued before it started, but for those of the first one. */
async function startServer(now: () => number, port?: number): Promise<Loopback & { handshakes(): number }> {
  const loopback = await startLoopback(port)
  const startedAt = port === undefined ? 0 : now()
  let handshakes = 0
  loopback.io.engine.on('connection', () => {
    handshakes += 1
  })
  protectSockets(loopback.io, {
    async verify(token) {
      const issuedAt = Number(token)
      if (issuedAt < startedAt) throw new TokenRefusedError('token_expired', 'The server has restarted.')
      return { ...account, expiresAt: issuedAt + TOKEN_LIFETIME_MS, claims: {} }
    },
  })
  return { ...loopback, handshakes: () => handshakes }
}

/** A token says when it was issued, and nothing else. */
function createToken(issuedAt: number): AccessToken {
  return { token: String(issuedAt), expiresOnTimestamp: issuedAt + TOKEN_LIFETIME_MS, scopes: [], account }
}

/** The tokens of an Auth, and as much of it as the wrapper knows. */
function fromTwodoor({ acquire, now }: World): Source {
  const listeners = new Set<(token: AccessToken) => void>()
  const store = createTokenStore({
    acquire,
    now,
    isForCurrentAccount: () => true,
    switchAccount() {},
    onRefusal() {},
    emit() {},
    onKept(token, _scopes, unchanged) {
      if (!unchanged) for (const listener of [...listeners]) listener(token)
    },
  })
  const state = { status: 'signed-in' }
  const auth = { state, getToken: (_scopes?: unknown, asked = {}) => store.get([], asked) }
  attachInternals(auth, {
    hasResponse: false,
    disposed: new AbortController().signal,
    peek: () => store.peek([]),
    accounts: () => store.accounts,
    onToken(listener: (token: AccessToken) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onWake: () => () => {},
    onAccount: () => () => {},
    protect() {},
    scopesFor: () => undefined,
    emit() {},
  })
  const connect = withSocketAuth(io, auth)
  return { open: (url) => connect(url, options), close: () => store.forget('disposed') }
}

function byHand({ acquire }: World): Source {
  const auth = async (send: (payload: object) => void) => send({ token: (await acquire()).token })
  return { open: (url) => io(url, { ...options, auth }), close() {} }
}
