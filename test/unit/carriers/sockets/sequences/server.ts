// A real Socket.IO server whose judgement the sequence steers, and a record of every packet that passes: what is checked
// is what goes over the wire, whatever the two sides believe.

import { createServer } from 'node:http'
import { type DefaultEventsMap, Server, type Socket } from 'socket.io'
import type { AuthenticatedData, Identity, TokenRefusedError } from '../../../../../src/server/index.js'
import type { protectSockets } from '../../../../../src/server/sockets/protect.js'
import { createNetwork } from './network.js'
import { accountOf } from './page.js'
import { createPauses } from './pauses.js'
import type { Setting, User, Verdict } from './sequence.js'
import { type Listener, watchWire } from './wire.js'

export const namespaces = ['/', '/b'] as const
const SLOW_MS = 3_000
/** Longer than the server of twodoor waits for a verifier. */
const HANG_MS = 12_000

export interface ServerParts {
  readonly protectSockets: typeof protectSockets
  readonly TokenRefusedError: typeof TokenRefusedError
}

export interface Note {
  readonly id: number
  /** Who was signed in when it was written. */
  readonly by: User | undefined
}

type Events = DefaultEventsMap
export type Peer = Socket<Events, Events, Events, AuthenticatedData>

export interface ServerListener extends Listener {
  note(client: number, note: Note, peer: Peer): void
}

export function openServer(setting: Setting, parts: ServerParts, listener: ServerListener) {
  const http = createServer()
  const io = new Server<Events, Events, Events, AuthenticatedData>(http, {
    // Pings so rare that a faked clock may jump.
    pingInterval: 1e9,
    pingTimeout: 1e9,
    serveClient: false,
    ...(setting.recovery && { connectionStateRecovery: { skipMiddlewares: false } }),
  })
  const network = createNetwork(http)
  const verdicts: Verdict[] = []
  const revoked = new Set<string>()
  const shown = new Set<string>()
  const pauses = createPauses()
  /** Whom each socket was of when it came. */
  const owners = new WeakMap<Peer, string>()
  let news = 0
  let closed = false

  /** A plain server is quick if it restores sessions: one that ends in a slow middleware takes its successor with it. */
  async function pause(ms: number): Promise<void> {
    if (!closed && (setting.protected || !setting.recovery)) await pauses.pause(ms)
  }

  async function verify(token: unknown): Promise<Identity> {
    const verdict = verdicts.shift()
    if (setting.check > 0) await pause(setting.check)
    if (verdict === 'slow') await pause(SLOW_MS)
    else if (verdict === 'hangs') await pause(HANG_MS)
    else if (verdict) throw new parts.TokenRefusedError(verdict, 'The sequence says so.')
    shown.add(`${token}`)
    const [, user, expiresAt] = /^(alice|bob) \d+ (\d+)$/.exec(`${token}`) ?? []
    if (!user || revoked.has(`${token}`)) throw new parts.TokenRefusedError('token_invalid', 'Not taken.')
    if (Number(expiresAt) <= Date.now()) throw new parts.TokenRefusedError('token_expired', 'Too old.')
    return { ...accountOf(user as User), expiresAt: Number(expiresAt), claims: {} }
  }

  /**
   * Without a flaw of Socket.IO: it restores a session whose socket is still there, and when that ends, it cleans up under
   * the other. A protected server sees to that itself.
   */
  function restoreOnce(name: string): void {
    const { adapter, sockets } = io.of(name)
    const restore = adapter.restoreSession.bind(adapter)
    adapter.restoreSession = async (pid, offset) => {
      const session = await restore(pid, offset)
      return sockets.has(session?.sid) ? (null as never) : session
    }
  }

  /** A server as people write it, which has never heard of twodoor. */
  function protectPlainly(): void {
    for (const name of namespaces) {
      restoreOnce(name)
      io.of(name).use((peer, next) => {
        verify(peer.handshake.auth['token']).then(
          (identity) => {
            peer.data.auth = identity
            next()
          },
          (error: TokenRefusedError) => {
            const { code, retry } = error
            const data = { code, retry }
            next(Object.assign(new Error('unauthorized'), { data }))
          },
        )
      })
    }
  }

  watchWire(io, setting.protected, listener)
  for (const name of namespaces) io.of(name)
  if (setting.protected) parts.protectSockets(io, { verify })
  else protectPlainly()
  for (const name of namespaces) {
    io.of(name).on('connection', (peer: Peer) => {
      const { objectId } = peer.data.auth
      void peer.join(objectId)
      owners.set(peer, objectId)
      peer.on('note', (note: Note, acknowledge?: () => void) => {
        listener.note(clientOf(peer), note, peer)
        acknowledge?.()
      })
    })
  }

  /** The low-level connections. Private by its type. */
  const engines = () => Object.values(Reflect.get(io.engine, 'clients') as Record<string, Engine>)
  /**
   * Without those whose connection the server has ended already: with polling, engine.io waits half a minute for a last
   * request of the client, neither takes nor gives anything meanwhile, and does not notice that the network broke.
   */
  const sockets = () =>
    namespaces
      .flatMap((name) => [...io.of(name).sockets.values()])
      .filter(({ conn }) => Reflect.get(conn, 'readyState') !== 'closing')

  return {
    network,
    verdicts,
    engines,
    /** The sockets of a client, ghosts included. */
    socketsOf: (client: number) => sockets().filter((peer) => clientOf(peer) === client),
    sockets,
    hasChangedHands: (peer: Peer) => owners.has(peer) && owners.get(peer) !== peer.data.auth.objectId,
    revokeAll(tokens: Iterable<string>): void {
      for (const token of tokens) revoked.add(token)
    },
    tell(name: string): void {
      for (const to of ['alice', 'bob']) io.of(name).to(to).emit('news', { number: ++news, to })
    },
    /** The network breaks, and the server notices. */
    cut(): void {
      network.cut()
      for (const engine of engines()) engine.close(true)
    },
    /** Returns who was there. */
    kick(name: string): Peer[] {
      const peers = [...io.of(name).sockets.values()]
      for (const peer of peers) peer.disconnect()
      return peers
    },
    hangUp(): void {
      for (const engine of engines()) engine.close()
    },
    /** Takes every token that is good. */
    recover(): void {
      verdicts.length = 0
      revoked.clear()
      pauses.release()
    },
    close(): void {
      closed = true
      io.engine.close()
      pauses.release()
    },
  }
}

export interface Engine {
  readonly id: string
  readonly upgrading: boolean
  close(discard?: boolean): void
}

export function clientOf(peer: Peer): number {
  return Number(peer.handshake.auth['client'])
}

/** Of its connection. Private by its type. */
export function engineIdOf(peer: Peer): string {
  return Reflect.get(peer.conn, 'id')
}
