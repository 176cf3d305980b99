import { notify, subscribe } from '../../shared/listeners.js'
import { type HostAnswer, nonEmptyText } from './wire.js'

/** A notification of the app's start. With `showLoadingIndicator` Teams waits 30 s for `success`. */
export interface HostNotification {
  readonly type: 'appLoaded' | 'success' | 'failure' | 'expectedFailure'
  /** Of a failure: `AuthFailed`, `Timeout`, `Other`; of an expected one: `PermissionError`, `NotFound` and others. */
  readonly reason?: string
  /** Of a failure. Teams does not show it. */
  readonly message?: string
}

export interface Notifications {
  readonly list: readonly HostNotification[]
  notify(type: HostNotification['type'], args: readonly unknown[]): HostAnswer
  subscribe(listener: (notification: HostNotification) => void): () => void
  close(): void
}

export function createNotifications(): Notifications {
  const list: HostNotification[] = []
  const listeners = new Set<(notification: HostNotification) => void>()
  return {
    list,
    notify(type, args) {
      const notification = Object.freeze({ type, ...(type.endsWith('ailure') && failureDetails(args)) })
      list.push(notification)
      notify(listeners, notification)
      return undefined
    },
    subscribe: (listener) => subscribe(listeners, listener),
    close: () => listeners.clear(),
  }
}

function failureDetails([first, second]: readonly unknown[]): Pick<HostNotification, 'reason' | 'message'> {
  const reason = nonEmptyText(first)
  const message = nonEmptyText(second)
  return { ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) }
}
