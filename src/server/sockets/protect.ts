import { isFunction, isObject, mayBe, must } from '../../shared/validate.js'
import { checkOptionNames } from '../check-options.js'
import { createDevelopmentLog, type RefusalLog } from '../development.js'
import { checkRequirements, type Requirements, requiring } from '../guard/requirements.js'
import type { Identity } from '../tokens/identity.js'
import type { Verifier } from '../tokens/verify.js'
import { createConnectCheck } from './connect-check.js'
import { createConnectLimit, tooManyConnects } from './connect-limit.js'
import {
  type ClientLike,
  type ConnectErrorData,
  canGuardDynamicNamespaces,
  type DynamicConnect,
  guardDynamicNamespaces,
} from './dynamic-namespaces.js'
import { endUnchecked, type LifetimeLimits, limitLifetime } from './lifetime.js'
import { whyUnguarded } from './packets.js'
import { canGuardRecovery, guardRecovery } from './recovery.js'
import type { Middleware, NamespaceLike, ServerLike, SocketLike } from './socket-like.js'
import { isSocketRefusal, type SocketRefusal } from './token-check.js'

export interface SocketProtectionOptions extends Requirements {
  /**
   * How long a socket may stay after its token has expired, in milliseconds: time for a client that was asleep to
   * renew. From 0 to 300,000 (5 min).
   *
   * @default 30000
   */
  graceMs?: number | undefined
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default Date.now
   */
  now?: (() => number) | undefined
  /**
   * Called with each refusal and each end of a socket, for the log. It never gets a token. What it throws is ignored.
   *
   * @default a warning on the console for the first `token_missing`, `wrong_scope` and `wrong_role` that the verifier does not tell
   * of, and never with `NODE_ENV=production`
   */
  onRefused?: ((refusal: SocketRefusal & { readonly namespace: string }) => void) | undefined
  /**
   * Called with each renewal that gave a socket a later token. What it throws is ignored.
   *
   * @default nothing
   */
  onRenewed?: ((renewal: SocketRenewal) => void) | undefined
}

export interface SocketRenewal {
  /** The `id` of the socket. */
  readonly id: string
  readonly namespace: string
  /** The same as `socket.data.auth`. */
  readonly identity: Identity
}

const DEFAULT_GRACE_MS = 30_000
const MAX_GRACE_MS = 300_000

const unchecked: SocketRefusal = {
  code: 'token_missing',
  retry: true,
  reason: 'The socket was connecting before the server was protected.',
}

/** Servers that are protected now. */
const protectedServers = new WeakSet<ServerLike>()

/**
 * Accepts only sockets with a valid access token, in all namespaces of a Socket.IO 4 server, future ones included. The
 * other end is `withSocketAuth`; docs/socket-protocol.md has the protocol.
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
 * - CONNECT: the token comes in the payload as `auth.token`, and is taken out of it. `socket.data.auth` is the identity.
 *   A verifier gets a text of 1 to 16,384 characters, and nothing else.
 * - A refused client gets `connect_error` with the message `unauthorized` and `data: { code, retry }`. A verifier that
 *   throws, or takes over 10 s, is `temporarily_unavailable`. Verifiers accept a token for a minute after its end; here it
 *   is `token_expired` once `graceMs` is over.
 * - `scopes` and `roles` ask for more than the verifier does, of each token: `wrong_scope`, `wrong_role`.
 * - A connected client gets `auth:session { expiresInMs, graceMs, renew: 'auth:renew' }`, and renews with
 *   `auth:renew { token }`, acknowledged by `{ ok: true, expiresInMs }` or `{ ok: false, code }`, up to 6 times a minute.
 *   No code of yours sees that event, `socket.use()` included, and none can refuse it: use `onRenewed`.
 * - Once the token and the grace are over, the client gets `auth:expired { code }`, and the transport is closed. No message
 *   of the client can delay that, and none counts afterwards.
 * - An event that a client gives a name of Socket.IO itself, `disconnect` or `error` for example, reaches none of your
 *   listeners, nor does one whose name is not a string.
 * - A dynamic namespace is made for a valid token only. A connection with more than 100 CONNECTs that are refused or
 *   unanswered is closed.
 * - With connection state recovery, the token is checked before anything is restored, whatever `skipMiddlewares` says. Only
 *   the account that a session belongs to gets what it has missed; another account is refused.
 *
 * It wraps methods that Socket.IO does not document. 4.4 to 4.8 have them; any other version is refused, at once or at its
 * first socket.
 *
 * Returns the undo: sockets are then no longer checked, and those that are connected may stay.
 *
 * @throws {AuthError} `config_invalid`: names the argument, what is wrong with it and a valid example
 */
export function protectSockets(io: ServerLike, verifier: Verifier, options: SocketProtectionOptions = {}): () => void {
  checkProtection(io, verifier, options)
  const context = lifetimeLimitsOf(verifier, options)
  const check = createConnectCheck(context.limits)
  const limit = createConnectLimit((name) => context.onRefused({ nsp: { name } }, tooManyConnects))
  /** The undo of each. Dynamic namespaces come and go. */
  const guardedNamespaces = new WeakMap<NamespaceLike, () => void>()
  /** The undo of each. */
  const sockets = new Map<SocketLike, () => void>()
  let isActive = true

  const middleware: Middleware = (socket, next) => {
    if (!isActive) return next()
    void refusalOfSocket(socket).then((refusal) => {
      if (!refusal) return next()
      context.onRefused(socket, refusal)
      const { message, data } = connectErrorOf(refusal)
      next(Object.assign(new Error(message), { data }))
    })
  }

  /** Never rejects. */
  async function refusalOfSocket(socket: SocketLike): Promise<SocketRefusal | undefined> {
    return whyUnguarded(socket) ?? check.acceptSocket(socket)
  }

  /** The same before there is a namespace. */
  async function refusalOfDynamic(connect: DynamicConnect): Promise<SocketRefusal | undefined> {
    const result = await check.checkPayload(connect.payload)
    if (!isSocketRefusal(result)) {
      limit.countAccepted(connect.client.conn)
      return undefined
    }
    context.onRefused({ nsp: { name: connect.namespace } }, result)
    return result
  }

  function onConnection(socket: SocketLike): void {
    // A listener that ran before may have ended it: then nothing would call the undo of its lifetime.
    if (!socket.connected) return
    limit.countAccepted(socket.conn)
    const identity = check.identityOf(socket)
    const refusal = identity ? whyUnguarded(socket) : unchecked
    if (!identity || refusal) {
      endUnchecked(socket, refusal ?? unchecked, context)
      return
    }
    const stop = limitLifetime(socket, identity, context, () => sockets.delete(socket))
    sockets.set(socket, stop)
  }

  function protect(namespace: NamespaceLike): void {
    const countConnect = ({ conn }: ClientLike) => limit.countConnect(conn, namespace.name)
    guardedNamespaces.set(namespace, guardRecovery(namespace, check, countConnect))
    namespace.use(middleware)
    namespace.on('connection', onConnection)
  }

  for (const namespace of io._nsps.values()) protect(namespace)
  io.on('new_namespace', protect)
  const unguard = guardDynamicNamespaces(io, {
    countConnect: ({ conn }, name) => limit.countConnect(conn, name),
    refusalOf: refusalOfDynamic,
    connectErrorOf,
  })
  protectedServers.add(io)

  return () => {
    isActive = false
    protectedServers.delete(io)
    unguard()
    io.off('new_namespace', protect)
    for (const namespace of io._nsps.values()) {
      guardedNamespaces.get(namespace)?.()
      namespace.off('connection', onConnection)
    }
    for (const stop of [...sockets.values()]) stop()
  }
}

function lifetimeLimitsOf(verifier: Verifier, options: SocketProtectionOptions): LifetimeLimits {
  const { graceMs = DEFAULT_GRACE_MS, now = () => Date.now(), onRenewed } = options
  const log = options.onRefused ? () => {} : createDevelopmentLog('a socket')
  const onRefused = options.onRefused ?? missingTokenLog(log)
  return {
    limits: { verifier: requiring(verifier, options, log), graceMs, now },
    onRefused: ({ nsp }, refusal) => callForLog(() => onRefused({ ...refusal, namespace: nsp.name })),
    onRenewed: ({ id, nsp }, identity) => callForLog(() => onRenewed?.({ id, namespace: nsp.name, identity })),
  }
}

/** Of all other refusals the verifier tells, and what `scopes` and `roles` ask for beyond it. */
function missingTokenLog(log: RefusalLog): RefusalLog {
  return (refusal) => {
    if (refusal.code === 'token_missing') log(refusal)
  }
}

/** What `connect_error` has in the client: Socket.IO sends `message` and `data`, and nothing else. */
function connectErrorOf({ code, retry }: SocketRefusal): ConnectErrorData {
  return { message: 'unauthorized', data: { code, retry } }
}

/** The answer to the client does not depend on the log. */
function callForLog(call: () => void): void {
  try {
    call()
  } catch {
    // ignored
  }
}

const EXAMPLE_SERVER = 'new Server(httpServer)'

function checkProtection(io: ServerLike, verifier: Verifier, options: SocketProtectionOptions): void {
  const isServer = isObject(io) && io._nsps instanceof Map && isFunction(io.on)
  must('io', io, isServer, `a Server of socket.io 4, for example ${EXAMPLE_SERVER}`)
  const isSupported = canGuardDynamicNamespaces(io) && [...io._nsps.values()].every(canGuardRecovery)
  must('io', 'another version', isSupported, `a Server of socket.io 4.4 to 4.8, for example ${EXAMPLE_SERVER}`)
  must(
    'io',
    'a protected one',
    !protectedServers.has(io),
    `a server that is not protected yet, for example ${EXAMPLE_SERVER}`,
  )
  must(
    'verifier',
    verifier,
    isObject(verifier) && isFunction(verifier.verify),
    'a verifier, for example createVerifier({ … })',
  )
  checkOptionNames(options, ['scopes', 'roles', 'graceMs', 'now', 'onRefused', 'onRenewed'])
  checkRequirements(options)
  mayBe('graceMs', options.graceMs, isGrace, `milliseconds from 0 to 300000, for example ${DEFAULT_GRACE_MS}`)
  mayBe('now', options.now, isFunction, 'a function, for example Date.now')
  mayBe('onRefused', options.onRefused, isFunction, 'a function, for example console.warn')
  mayBe('onRenewed', options.onRenewed, isFunction, 'a function, for example ({ identity }) => audit(identity.key)')
}

function isGrace(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_GRACE_MS
}
