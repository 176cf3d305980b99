// Connection state recovery sends what a client has missed before any middleware runs, even with
// `skipMiddlewares: false`. So a session is restored only while its last token still counts.

import type { NamespaceLike, UncheckedData } from './socket-like.js'

/** A client that was sent away for its token comes back within this time, with another one. */
const RETURN_MS = 30_000

type RestoreSession = (...args: unknown[]) => unknown

export interface RecoveryContext {
  readonly graceMs: number
  readonly now: () => number
}

/** Returns the undo. */
export function guardRecovery({ adapter }: NamespaceLike, { graceMs, now }: RecoveryContext): () => void {
  const own = adapter as { restoreSession?: RestoreSession }
  const restore = own.restoreSession
  if (typeof restore !== 'function') return () => {}
  const guarded: RestoreSession = async (...args) => {
    const session = await Reflect.apply(restore, adapter, args)
    const { data } = Object(session) as { data?: UncheckedData }
    const isRecent = Number(data?.auth?.expiresAt) + graceMs + RETURN_MS > now()
    return isRecent ? session : null
  }
  own.restoreSession = guarded
  return () => {
    if (own.restoreSession === guarded) own.restoreSession = restore
  }
}
