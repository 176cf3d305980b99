import type { AuthEvent } from '../../events.js'
import { AuthError, type AuthErrorCode, type AuthErrorDetails } from '../../shared/errors.js'
import type { Internals } from '../internals.js'
import { namespaceOf, type SocketLike } from './socket-like.js'

type SocketAction = Extract<AuthEvent, { type: 'socket' }>['action']

export interface Reporter {
  /** Tells the log. */
  tell(action: SocketAction, error?: AuthError): void
  /** Tells the app's listeners of `connect_error`, once all of them have heard the original error; and the log, of `action`. */
  report(error: AuthError, action?: SocketAction): void
}

export function createReporter(socket: SocketLike, link: Internals | undefined): Reporter {
  function tell(action: SocketAction, error?: AuthError): void {
    link?.emit({ type: 'socket', action, namespace: namespaceOf(socket), ...(error && { error }) })
  }

  return {
    tell,
    report(error, action) {
      if (action) tell(action, error)
      queueMicrotask(() => {
        for (const listener of [...socket.listeners('connect_error')]) listener.call(socket, error as never)
      })
    },
  }
}

export function socketError(code: AuthErrorCode, details?: Omit<AuthErrorDetails, 'phase'>): AuthError {
  return new AuthError(code, { phase: 'socket', ...details })
}
