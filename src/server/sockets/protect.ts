import { isObject, mayBe, must } from '../../check.js'
import { checkNames } from '../options.js'
import type { Verifier } from '../verify.js'
import { createAdmission } from './admit.js'
import { isRefusal, type SocketRefusal } from './check.js'
import { guardRecovery } from './recovery.js'
import { endSession, type SessionContext, superviseSession } from './session.js'
import type { Middleware, NamespaceLike, ServerLike, SocketLike } from './socket-like.js'

export interface SocketProtectionOptions {
  /**
   * How long a socket may stay after its token has expired, in milliseconds: time for a client that was asleep to
   * renew. From 0 to 5 min. Default: 30,000.
   */
  graceMs?: number | undefined
  /** The clock, in milliseconds since the epoch. Default: `Date.now`. */
  now?: (() => number) | undefined
  /** Hears each refusal and each end of a socket, for the log. It never gets a token. What it throws is ignored. */
  onRefused?: ((refusal: SocketRefusal & { readonly namespace: string }) => void) | undefined
}

const DEFAULT_GRACE_MS = 30_000
const MAX_GRACE_MS = 300_000

const unchecked: SocketRefusal = {
  ...{ code: 'token_missing', retry: true },
  reason: 'The socket was on its way in before the server was protected.',
}

const protectedServers = new WeakSet<ServerLike>()

/**
 * Lets only sockets in that show a valid access token, in all namespaces of a Socket.IO 4 server, those to come included.
 *
 * ```ts
 * const io = new Server<Incoming, Outgoing, BetweenServers, AuthenticatedData>(httpServer)
 * protectSockets(io, verifier)
 * io.on('connection', (socket) => socket.join(socket.data.auth.key))
 * ```
 *
 * Call it first: middleware that was there before, and that of the parent of a dynamic namespace, runs without an
 * identity, and sockets that are connected already are not checked.
 *
 * - The token comes in the CONNECT payload as `auth.token`, and is taken out of it. `socket.data.auth` is the identity.
 * - A refused socket gets `connect_error` with the message `unauthorized` and `data: { code, retry }`. A verifier that
 *   throws, or takes over 10 s, is `temporarily_unavailable`.
 * - A connected one is told `auth:session { expiresInMs, graceMs, renew: 'auth:renew' }`, and answers in time with
 *   `auth:renew { token }`, acknowledged by `{ ok: true, expiresInMs }` or `{ ok: false, code }`, up to 6 times a minute.
 *   Your listeners see it without that token, unless they are registered by `prependAny`.
 * - Once the token and the grace are over it gets `auth:expired { code }`, and the transport is closed.
 * - With connection state recovery, the token is checked before anything is restored, and whatever `skipMiddlewares`
 *   says. Without a valid token of its own user nobody gets what a session has missed; another user is refused.
 *
 * Returns the undo: sockets are then no longer checked, and those that are connected may stay.
 *
 * @throws {AuthError} `config_invalid`: names the argument, what is wrong with it and a valid example
 */
export function protectSockets(io: ServerLike, verifier: Verifier, options: SocketProtectionOptions = {}): () => void {
  checkArguments(io, verifier, options)
  const { graceMs = DEFAULT_GRACE_MS, now = () => Date.now() } = options
  const context: SessionContext = { verifier, graceMs, now, refused: reporter(options.onRefused) }
  const admission = createAdmission(verifier)
  /** Dynamic namespaces come and go. */
  const guards = new WeakMap<NamespaceLike, () => void>()
  const sessions = new Map<SocketLike, () => void>()
  let active = true

  const middleware: Middleware = (socket, next) => {
    if (!active) return next()
    void admission.admit(socket).then((result) => {
      if (!isRefusal(result)) return next()
      context.refused(socket, result)
      next(connectError(result))
    })
  }

  function supervise(socket: SocketLike): void {
    // A listener that ran before may have sent it away: then nothing would end the session.
    if (!socket.connected) return
    const identity = admission.identityOf(socket)
    if (identity)
      sessions.set(
        socket,
        superviseSession(socket, identity, context, () => sessions.delete(socket)),
      )
    else endSession(socket, unchecked, context)
  }

  function protect(namespace: NamespaceLike): void {
    guards.set(namespace, guardRecovery(namespace, admission))
    namespace.use(middleware)
    namespace.on('connection', supervise)
  }

  for (const namespace of io._nsps.values()) protect(namespace)
  io.on('new_namespace', protect)
  protectedServers.add(io)

  return () => {
    active = false
    protectedServers.delete(io)
    io.off('new_namespace', protect)
    for (const namespace of io._nsps.values()) {
      guards.get(namespace)?.()
      namespace.off('connection', supervise)
    }
    for (const stop of [...sessions.values()]) stop()
  }
}

/** What `connect_error` has in the client: Socket.IO sends `message` and `data`, and nothing else. */
function connectError({ code, retry }: SocketRefusal): Error {
  return Object.assign(new Error('unauthorized'), { data: { code, retry } })
}

function reporter(onRefused: SocketProtectionOptions['onRefused']): SessionContext['refused'] {
  return (socket, refusal) => {
    try {
      onRefused?.({ ...refusal, namespace: socket.nsp.name })
    } catch {
      // The answer to the client does not depend on the log.
    }
  }
}

function checkArguments(io: ServerLike, verifier: Verifier, options: SocketProtectionOptions): void {
  const isServer = isObject(io) && io._nsps instanceof Map && isFunction(io.on)
  must('io', io, isServer, 'a Server of socket.io 4', 'new Server(httpServer)')
  must(
    'io',
    'a protected one',
    !protectedServers.has(io),
    'a server that is not protected yet',
    'new Server(httpServer)',
  )
  must('verifier', verifier, isObject(verifier) && isFunction(verifier.verify), 'a verifier', 'createVerifier({ … })')
  checkNames('options', options, ['graceMs', 'now', 'onRefused'])
  mayBe('graceMs', options.graceMs, isGrace, 'milliseconds from 0 to 300000', `${DEFAULT_GRACE_MS}`)
  mayBe('now', options.now, isFunction, 'a function', 'Date.now')
  mayBe('onRefused', options.onRefused, isFunction, 'a function', 'console.warn')
}

function isGrace(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_GRACE_MS
}

function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function'
}
