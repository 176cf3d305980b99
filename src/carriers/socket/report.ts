import { AuthError, type AuthErrorCode, type AuthErrorDetails } from '../../errors.js'
import type { AuthEvent } from '../../events.js'
import type { Link } from '../../link.js'
import { namespaceOf, type SocketLike } from './socket-like.js'

type SocketAction = Extract<AuthEvent, { type: 'socket' }>['action']

export interface Reporter {
  /** Tells the log. */
  tell(action: SocketAction, error?: AuthError): void
  /** Tells the app's listeners of `connect_error`, once all of them have heard the original error. */
  report(error: AuthError): void
}

export function createReporter(socket: SocketLike, link: Link | undefined): Reporter {
  return {
    tell(action, error) {
      link?.emit({ type: 'socket', action, namespace: namespaceOf(socket), ...(error && { error }) })
    },
    report(error) {
      queueMicrotask(() => {
        for (const listener of [...socket.listeners('connect_error')]) listener.call(socket, error as never)
      })
    },
  }
}

export function socketError(code: AuthErrorCode, details?: Omit<AuthErrorDetails, 'phase'>): AuthError {
  return new AuthError(code, { phase: 'socket', ...details })
}
