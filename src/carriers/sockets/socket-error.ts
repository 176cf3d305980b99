import type { AuthEvent } from '../../events.js'
import { AuthError, type AuthErrorCode, type AuthErrorDetails } from '../../shared/errors.js'
import type { Internals } from '../internals.js'
import { namespaceOf, type SocketLike } from './socket-like.js'

export type SocketAction = Extract<AuthEvent, { type: 'socket' }>['action']

export interface Reporter {
  /** Emits an event of the Auth. */
  emit(action: SocketAction, error?: AuthError): void
  /** Gives the app's listeners of `connect_error` the error, once all of them have had the original one. Emits the event. */
  report(error: AuthError | undefined, action?: SocketAction): void
}

export function createReporter(socket: SocketLike, internals: Internals | undefined): Reporter {
  function emit(action: SocketAction, error?: AuthError): void {
    internals?.emit({ type: 'socket', action, namespace: namespaceOf(socket), ...(error && { error }) })
  }

  return {
    emit,
    report(error, action) {
      if (action) emit(action, error)
      queueMicrotask(() => {
        for (const listener of [...socket.listeners('connect_error')]) listener.call(socket, error as never)
      })
    },
  }
}

export function socketError(code: AuthErrorCode, details?: Omit<AuthErrorDetails, 'phase'>): AuthError {
  return new AuthError(code, { phase: 'socket', ...details })
}
