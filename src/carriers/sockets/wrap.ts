import { must } from '../../shared/validate.js'
import { internalsOf, type TokenProvider } from '../internals.js'
import { superviseSocket } from './connect.js'
import { explainMissingToken } from './missing-token.js'
import { type AppPayload, exposePayload, payloadView } from './payload.js'
import type { ManagerLike, SendConnect, SocketLike } from './socket-like.js'

/** Private by its type. */
const AUTO_CONNECT = '_autoConnect'

export interface SocketAuthOptions {
  /**
   * What the server gets beside `token`: an object, or a function with a callback that is asked at each CONNECT.
   * Default: with `withSocketAuth`, the `auth` option of `io()`; with `socketAuth`, nothing.
   */
  payload?: object | ((send: (payload: object) => void) => void) | undefined
}

/**
 * A drop-in for the `io()` of socket.io-client 4: each CONNECT carries a valid token as `auth.token`.
 *
 * ```ts
 * const connect = withSocketAuth(io, auth)
 * const socket = connect('https://api.contoso.com', { auth: { room: 'a' } })
 * ```
 *
 * Returns the real sockets. What it adds to each:
 * - The token is asked for anew at each CONNECT (15 s at most), never sent twice on a connection, and never in a URL.
 * - A refusal that means "unauthorized" leads to one renewal and one more CONNECT; then the listeners of
 *   `connect_error` get an {@link AuthError} with the code `token_rejected`. Other refusals are repeated with a back-off
 *   of up to 30 s, unless the server says `data: { retry: false }` or has no such namespace: then `denied`.
 * - A token goes over https or wss, or to this origin or loopback, by where the connection really leads. To any other
 *   address, and with a payload that cannot be serialized, none is sent: `config_invalid`, until `connect()`.
 * - Without a sign-in (`sign_in_required`, `consent_required`) the socket waits, and connects once there is a token.
 * - A sign-out, here or in another tab, ends it at once, and it waits in the same way for the same account. What waited to
 *   be sent is sent then; what the page writes between sign-out and sign-in is dropped. `dispose()` ends it too.
 * - With another account it closes for good (`account_mismatch`), and what was still to be sent is dropped: also where
 *   that account came and went while the socket was closed. Call the function again for a socket of the new account.
 * - If the server sends `auth:session { expiresInMs, renew: 'auth:renew' }`, the token is renewed over the live socket. If
 *   it does not, and restores connections, one is replaced by another shortly before the token ends, without a loss.
 * - A socket that waits for the Manager to reconnect comes back at once when the page wakes. The Manager tells that as
 *   `open`, not as `reconnect`.
 *
 * `socket.auth` stays the app's own payload, to read, change and assign. `connect()` and `disconnect()` do what they
 * always did, but `connect()` is never faster than the back-off. A `disconnect()` before the server has answered
 * CONNECT reconnects the other namespaces of that connection. Needs no changes on a server that reads `auth.token`.
 *
 * @param auth - An `Auth`, or any token provider with Azure's `getToken()`. With such a one only the server can tell that
 * the account has changed, a token is renewed by the next CONNECT alone, and nothing tells of a sign-out or a wake-up.
 * @throws {AuthError} `config_invalid` if an argument is not what it has to be
 */
export function withSocketAuth<IO extends (...args: never[]) => SocketLike>(
  io: IO,
  auth: TokenProvider,
  options: SocketAuthOptions = {},
): IO {
  must('io', io, typeof io === 'function', 'a function, for example io')
  checkProvider(auth)
  const connect = (...args: unknown[]): SocketLike => {
    const [uri, given] = typeof args[0] === 'object' ? [undefined, args[0]] : args
    const settings = { ...(given as { auth?: unknown; autoConnect?: boolean }) }
    const payload: AppPayload = { source: settings.auth ?? options.payload }
    const authorizerOf = superviseEach(auth, payload)
    // Before io(): with a connection that is open already, the constructor of the socket asks for `auth`.
    const view = payloadView(authorizerOf, payload)
    const waits = settings.autoConnect !== false && explainMissingToken(auth) !== undefined
    const own = { ...settings, auth: view, ...(waits && { autoConnect: false }) }
    const socket = heldBack(waits, () => Reflect.apply(io, undefined, [uri, own]) as SocketLike)
    letHoldBack(socket.io, waits && socket.io.opts.auth === view)
    authorizerOf(socket)
    exposePayload(socket, view, payload)
    if (waits) socket.connect()
    return socket
  }
  // `io` has static members, among them itself under two names.
  return Object.assign(connect as unknown as IO, io, { io: connect, connect })
}

/**
 * The `auth` function alone, for those who must call `io()` themselves: `io(url, { auth: socketAuth(auth) })`.
 *
 * Does the same as {@link withSocketAuth}, from the first time that the connection opens. Hand it over as it is:
 * socket.io-client calls it with the socket as `this`. The app's own payload goes into `options.payload`, and
 * `socket.auth` is not to be assigned to. It never throws, never calls back without a token, twice, or for another
 * connection.
 *
 * @throws {AuthError} `config_invalid` if `auth` is not a token provider
 */
export function socketAuth(
  auth: TokenProvider,
  options: SocketAuthOptions = {},
): (callback: (payload: object) => void) => void {
  checkProvider(auth)
  const authorizerOf = superviseEach(auth, { source: options.payload })
  return function (this: unknown, send: SendConnect) {
    if (isSocket(this)) authorizerOf(this)(send)
    else internalsOf(auth)?.emit({ type: 'warning', message: 'socketAuth() needs the socket as `this`.' })
  }
}

/** Whether the socket that is being made has to wait: its Manager would open the connection in the same moment. */
let isHeldBack = false

function heldBack(waits: boolean, make: () => SocketLike): SocketLike {
  isHeldBack = waits
  try {
    return make()
  } finally {
    isHeldBack = false
  }
}

/**
 * Makes a Manager connect by itself all of its sockets but those that wait.
 *
 * @param isMade it was made for a socket that waits, with `autoConnect: false`, which is meant for that one alone
 */
function letHoldBack(manager: ManagerLike, isMade: boolean): void {
  const { value } = Object.getOwnPropertyDescriptor(manager, AUTO_CONNECT) ?? {}
  if (value !== undefined) Object.defineProperty(manager, AUTO_CONNECT, { get: () => (isMade || value) && !isHeldBack })
}

/** Supervises each socket once, whether io() hands it out first or the socket asks for its `auth`. */
function superviseEach(provider: TokenProvider, payload: AppPayload) {
  const authorizers = new WeakMap<SocketLike, (send: SendConnect) => void>()
  return (socket: SocketLike) => {
    const authorize = authorizers.get(socket) ?? superviseSocket(socket, provider, payload)
    authorizers.set(socket, authorize)
    return authorize
  }
}

function checkProvider(auth: unknown): void {
  must('auth', auth, typeof Object(auth).getToken === 'function', 'an Auth, for example createAuth({ … })')
}

function isSocket(value: unknown): value is SocketLike {
  const { io, connect } = Object(value) as { io?: unknown; connect?: unknown }
  return typeof io === 'object' && typeof connect === 'function'
}
