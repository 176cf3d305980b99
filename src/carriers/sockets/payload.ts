// The app's own `auth`, which goes to the server beside the token. It stays the app's: an object may be changed, or
// replaced by assigning to `socket.auth`, and a function is asked at each CONNECT.

import { socketError } from './socket-error.js'
import type { AuthFunction, SendConnect, SocketLike } from './socket-like.js'

export interface AppPayload {
  /** An object, a function with a callback, or nothing. */
  source: unknown
}

/** Asks for the payload of the next CONNECT. Rejects if the app's function fails, and is pending while that is. */
export function readPayload({ source }: AppPayload, socket: SocketLike): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (typeof source !== 'function') return resolve(source)
    const returned: unknown = source.call(socket, resolve)
    // An async function reports its failure by its promise alone.
    Promise.resolve(returned).catch(reject)
  })
}

/** What the app may change later is not what is sent. */
export function copyOf(own: unknown): object {
  return sendable(() => ({ ...(own as object) }))
}

/**
 * Whatever goes wrong here goes wrong each time: the payload throws where it is read, has no end, or has a BigInt.
 *
 * @throws {AuthError} `config_invalid`
 */
export function sendable<T>(act: () => T): T {
  try {
    return act()
  } catch (cause) {
    throw socketError('config_invalid', { message: '`auth` cannot be sent.', cause })
  }
}

/**
 * Makes `socket.auth` both: a function for socket.io-client, and the app's payload for the app, so that
 * `socket.auth.room = 'x'` goes on working.
 */
export function payloadView(authorizerOf: (socket: SocketLike) => (send: SendConnect) => void, payload: AppPayload) {
  const own = (): object => {
    if (Object(payload.source) !== payload.source) payload.source = {}
    return payload.source as object
  }
  // An arrow function: others have a `prototype` that cannot be configured, which `ownKeys` would have to list.
  const target: AuthFunction = () => {}
  return new Proxy(target, {
    apply: (_, socket: SocketLike, [send]: [SendConnect]) => authorizerOf(socket)(send),
    get: (_, key) => Reflect.get(own(), key),
    set: (_, key, value) => Reflect.set(own(), key, value),
    has: (_, key) => key in own(),
    deleteProperty: (_, key) => Reflect.deleteProperty(own(), key),
    ownKeys: () => Reflect.ownKeys(own()),
    getOwnPropertyDescriptor(_, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(own(), key)
      return descriptor && { ...descriptor, configurable: true }
    },
  })
}

/** Lets the app read, change and assign `socket.auth` while socket.io-client goes on calling `view`. */
export function exposePayload(socket: SocketLike, view: AuthFunction, payload: AppPayload): void {
  Object.defineProperty(socket, 'auth', {
    configurable: true,
    enumerable: true,
    get: () => view,
    set: (value: unknown) => {
      if (value !== view) payload.source = value
    },
  })
}
