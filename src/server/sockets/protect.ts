import { isFunction, isObject, mayBe, must } from '../../shared/validate.js'
import { checkOptionNames } from '../check-options.js'
import type { Identity } from '../tokens/claims.js'
import type { Verifier } from '../tokens/verify.js'
import { createAdmission } from './admit.js'
import { isRefusal, type SocketRefusal, type TokenLimits } from './check.js'
import { type ClientLike, type ConnectErrorData, canGuardDynamic, guardDynamic } from './dynamic.js'
import { createConnectLimit, tooManyConnects } from './flood.js'
import { whyUnguarded } from './incoming.js'
import { canGuardRecovery, guardRecovery } from './recovery.js'
import { type SessionContext, sendAway, superviseSession } from './session.js'
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
  /** Hears each renewal that gave a socket a later token. `id` is that of the socket. What it throws is ignored. */
  onRenewed?: ((renewal: SocketRenewal) => void) | undefined
}

export interface SocketRenewal {
  readonly id: string
  readonly namespace: string
  /** The same as `socket.data.auth`. */
  readonly identity: Identity
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
 * identity, and sockets that are connected already are not checked. Do not remove its listeners from the server or from
 * namespaces (`io.removeAllListeners()`): nothing would end a socket in time, or protect a namespace that is made later.
 *
 * - The token comes in the CONNECT payload as `auth.token`, and is taken out of it. `socket.data.auth` is the identity.
 * - A refused socket gets `connect_error` with the message `unauthorized` and `data: { code, retry }`. A verifier that
 *   throws, or takes over 10 s, is `temporarily_unavailable`. A token that the verifier tolerates for a minute after its
 *   end is `token_expired` here once `graceMs` is over.
 * - A connected one is told `auth:session { expiresInMs, graceMs, renew: 'auth:renew' }`, and answers in time with
 *   `auth:renew { token }`, acknowledged by `{ ok: true, expiresInMs }` or `{ ok: false, code }`, up to 6 times a minute.
 *   Nothing of yours sees that event, `socket.use()` included, and nothing can refuse it: ask for `onRenewed`.
 * - Once the token and the grace are over it gets `auth:expired { code }`, and the transport is closed. Nothing that the
 *   client sends puts that off, and nothing that it sends afterwards is heard.
 * - An event that a client calls by a name of Socket.IO itself, `disconnect` or `error` for example, reaches none of your
 *   listeners, nor does one whose name is no text.
 * - A dynamic namespace is made for a valid token only. A connection with more than 100 CONNECTs that are refused or not
 *   yet answered is closed.
 * - With connection state recovery, the token is checked before anything is restored, and whatever `skipMiddlewares`
 *   says. Without a valid token of its own user nobody gets what a session has missed; another user is refused.
 *
 * What it takes hold of is documented nowhere in Socket.IO: 4.4 to 4.8 have it, and any other one is refused, at once or
 * at its first socket.
 *
 * Returns the undo: sockets are then no longer checked, and those that are connected may stay.
 *
 * @throws {AuthError} `config_invalid`: names the argument, what is wrong with it and a valid example
 */
export function protectSockets(io: ServerLike, verifier: Verifier, options: SocketProtectionOptions = {}): () => void {
  checkArguments(io, verifier, options)
  const { graceMs = DEFAULT_GRACE_MS, now = () => Date.now() } = options
  const limits: TokenLimits = { verifier, graceMs, now }
  const { onRefused, onRenewed } = options
  const context: SessionContext = {
    limits,
    refused: ({ nsp }, refusal) => tell(() => onRefused?.({ ...refusal, namespace: nsp.name })),
    renewed: ({ id, nsp }, identity) => tell(() => onRenewed?.({ id, namespace: nsp.name, identity })),
  }
  const admission = createAdmission(limits)
  const connects = createConnectLimit((name) => context.refused({ nsp: { name } }, tooManyConnects))
  /** Dynamic namespaces come and go. */
  const guards = new WeakMap<NamespaceLike, () => void>()
  const sessions = new Map<SocketLike, () => void>()
  let active = true

  /** Why a socket is not let in, if so. Never rejects. */
  async function admit(socket: SocketLike): Promise<SocketRefusal | undefined> {
    const result = whyUnguarded(socket) ?? (await admission.admit(socket))
    return isRefusal(result) ? result : undefined
  }

  const middleware: Middleware = (socket, next) => {
    if (!active) return next()
    void admit(socket).then((refusal) => {
      if (!refusal) return next()
      context.refused(socket, refusal)
      const { message, data } = connectError(refusal)
      next(Object.assign(new Error(message), { data }))
    })
  }

  /** The same before there is a namespace. */
  async function admitToNew({ conn }: ClientLike, payload: unknown, name: string): Promise<SocketRefusal | undefined> {
    const refusal = await admission.refusalOf(payload)
    if (refusal) context.refused({ nsp: { name } }, refusal)
    else connects.admitted(conn)
    return refusal
  }

  function supervise(socket: SocketLike): void {
    // A listener that ran before may have sent it away: then nothing would end the session.
    if (!socket.connected) return
    connects.admitted(socket.conn)
    const identity = admission.identityOf(socket)
    const refusal = identity ? whyUnguarded(socket) : unchecked
    if (!identity || refusal) {
      sendAway(socket, refusal ?? unchecked, context)
      return
    }
    const stop = superviseSession(socket, identity, context, () => sessions.delete(socket))
    sessions.set(socket, stop)
  }

  function protect(namespace: NamespaceLike): void {
    const enter = ({ conn }: ClientLike) => connects.enter(conn, namespace.name)
    guards.set(namespace, guardRecovery(namespace, admission, enter))
    namespace.use(middleware)
    namespace.on('connection', supervise)
  }

  for (const namespace of io._nsps.values()) protect(namespace)
  io.on('new_namespace', protect)
  const unguard = guardDynamic(io, {
    enter: ({ conn }, name) => connects.enter(conn, name),
    admit: admitToNew,
    connectError,
  })
  protectedServers.add(io)

  return () => {
    active = false
    protectedServers.delete(io)
    unguard()
    io.off('new_namespace', protect)
    for (const namespace of io._nsps.values()) {
      guards.get(namespace)?.()
      namespace.off('connection', supervise)
    }
    for (const stop of [...sessions.values()]) stop()
  }
}

/** What `connect_error` has in the client: Socket.IO sends `message` and `data`, and nothing else. */
function connectError({ code, retry }: SocketRefusal): ConnectErrorData {
  return { message: 'unauthorized', data: { code, retry } }
}

/** The answer to the client does not depend on the log. */
function tell(call: () => void): void {
  try {
    call()
  } catch {
    // ignored
  }
}

function checkArguments(io: ServerLike, verifier: Verifier, options: SocketProtectionOptions): void {
  const isServer = isObject(io) && io._nsps instanceof Map && isFunction(io.on)
  must('io', io, isServer, 'a Server of socket.io 4', 'new Server(httpServer)')
  const isKnown = canGuardDynamic(io) && [...io._nsps.values()].every(canGuardRecovery)
  must(
    'io',
    'another one',
    isKnown,
    'a Server of socket.io 4.4 to 4.8, whose internals are known',
    'new Server(httpServer)',
  )
  must(
    'io',
    'a protected one',
    !protectedServers.has(io),
    'a server that is not protected yet',
    'new Server(httpServer)',
  )
  must('verifier', verifier, isObject(verifier) && isFunction(verifier.verify), 'a verifier', 'createVerifier({ … })')
  checkOptionNames(options, ['graceMs', 'now', 'onRefused', 'onRenewed'])
  mayBe('graceMs', options.graceMs, isGrace, 'milliseconds from 0 to 300000', `${DEFAULT_GRACE_MS}`)
  mayBe('now', options.now, isFunction, 'a function', 'Date.now')
  mayBe('onRefused', options.onRefused, isFunction, 'a function', 'console.warn')
  mayBe('onRenewed', options.onRenewed, isFunction, 'a function', 'console.log')
}

function isGrace(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_GRACE_MS
}
