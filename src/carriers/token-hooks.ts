import type { Auth } from '../auth.js'
import { checkResource } from '../settings.js'
import type { Account } from '../shared/claims.js'
import { must } from '../shared/validate.js'
import type { AccessToken } from '../sources/source.js'
import { internalsOf } from './internals.js'

/** What a transport of your own needs to keep up with the sign-in. */
export interface TokenHooks {
  /** A cached token for `AuthOptions.scopes` that is good for another 30 s at least, without waiting. `undefined`: call `getToken()`. */
  peek(): AccessToken | undefined
  /** Calls `listener` with each new token for `AuthOptions.scopes`: renewed, or of another sign-in. Returns an unsubscribe function. */
  onToken(listener: (token: AccessToken) => void): () => void
  /** Calls `listener` when the page wakes: back online, shown again, after sleep. Returns an unsubscribe function. */
  onWake(listener: () => void): () => void
  /**
   * Calls `listener` at once when another account signs in: `undefined` after a sign-out, here or in another tab, and where
   * the account is gone. Close the connection then. A sign-in that has expired keeps its account. Returns an unsubscribe
   * function.
   */
  onAccount(listener: (account: Account | undefined) => void): () => void
}

/**
 * The hooks that `withSocketAuth` and `keepSession` use, for any other transport: a raw WebSocket, SignalR, Phoenix,
 * Centrifuge.
 *
 * ```ts
 * const address = 'wss://chat.contoso.com/live'
 * const hooks = tokenHooks(auth, address)
 * let socket: WebSocket | undefined
 *
 * async function connect() {
 *   const { token } = hooks.peek() ?? (await auth.getToken())
 *   const opened = new WebSocket(address)
 *   socket = opened
 *   // In the first message, never in the URL: those are logged.
 *   opened.onopen = () => opened.send(JSON.stringify({ type: 'auth', token: hooks.peek()?.token ?? token }))
 * }
 *
 * hooks.onToken(({ token }) => {
 *   if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'auth', token }))
 * })
 * hooks.onWake(() => socket?.readyState === WebSocket.CLOSED && connect())
 * hooks.onAccount((account) => {
 *   socket?.close()
 *   if (account) connect()
 * })
 * ```
 *
 * Nothing is subscribed to until you do so. On a server nothing is ever called, and `peek()` gives `undefined`.
 *
 * @param auth - of `createAuth()` or `createTestAuth()`. Other token providers do not say when a token is renewed or the user signs out
 * @param url - where the token is to go. The same addresses are allowed as in `AuthOptions.protectedResources`, with `wss:`
 * for `https:` and `ws:` for `http:`. It is only checked: connect to this very text
 * @throws {AuthError} `config_invalid`: names the argument, what is wrong with it and a valid example
 */
export function tokenHooks(auth: Auth, url: string): TokenHooks {
  const window = globalThis.window as Window | undefined
  const isSocketUrl = typeof url === 'string' && /^wss?:/i.test(url)
  checkResource('url', isSocketUrl ? url.replace(/^ws/i, 'http') : url, window?.location.href)
  const internals = internalsOf(Object(auth))
  must('auth', auth, internals || auth?.state?.host.kind === 'server', 'an Auth, for example createAuth({ … })')
  const never = () => () => {}
  const { peek = () => undefined, onToken = never, onWake = never, onAccount = never } = internals ?? {}
  return { peek, onToken, onWake, onAccount }
}
