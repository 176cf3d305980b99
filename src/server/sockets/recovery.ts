// Connection state recovery sends what a client has missed before any middleware runs, even with
// `skipMiddlewares: false`. So the token of a CONNECT is checked before a session is restored, and only its own user
// gets the session back.

import type { Admission } from './admit.js'
import type { ClientLike } from './dynamic.js'
import type { NamespaceLike, UncheckedData } from './socket-like.js'

type Method = (...args: unknown[]) => unknown

/** Mostly documented nowhere, but an adapter is not told who asks for a session, and nothing else knows. */
interface Internals {
  /** Those that are connected, by their ids. */
  readonly sockets: { has(id: string): boolean }
  adapter: { restoreSession?: Method }
  /** Takes a CONNECT: the client, its payload, and more. Asks the adapter before it returns. */
  _add: Method
}

interface Connect {
  readonly client: unknown
  readonly payload: unknown
}

export function canGuardRecovery(namespace: NamespaceLike): boolean {
  return typeof (namespace as NamespaceLike & Partial<Internals>)._add === 'function'
}

/** @param enter - whether a CONNECT of this client is taken at all */
export function guardRecovery(
  namespace: NamespaceLike,
  admission: Admission,
  enter: (client: ClientLike) => boolean,
): () => void {
  const own = namespace as NamespaceLike & Internals
  const add = own._add
  const undo = new Map<Method, () => void>()
  /** The CONNECT that is taken at this moment. Without one nothing is restored. */
  let current: Connect | undefined

  async function restoreFor(connect: Connect | undefined, restore: () => unknown): Promise<unknown> {
    const claimant = connect?.payload
    const user = await admission.identify(claimant)
    const session: unknown = user && (await restore())
    const { sid, data } = Object(session) as { sid?: unknown; data?: UncheckedData }
    if (!user || !data?.auth) return null
    // Of two sockets with one id the end of the first would clean up under the second: where the server has not heard yet
    // that the last connection is gone, and where this one has gone already.
    if (own.sockets.has(String(sid)) || !isOpen(connect)) return null
    if (data.auth.key === user.key) return { ...Object(session), data: { ...data, auth: user } }
    admission.refuseOther(claimant)
    return null
  }

  /** At each CONNECT: `io.adapter(…)` gives every namespace another adapter, at any time. */
  function guardAdapter(): void {
    const { adapter } = own
    const restore = adapter.restoreSession
    if (typeof restore !== 'function' || undo.has(restore)) return
    const guarded: Method = (...args) => restoreFor(current, () => Reflect.apply(restore, adapter, args))
    adapter.restoreSession = guarded
    undo.set(guarded, () => {
      if (adapter.restoreSession === guarded) adapter.restoreSession = restore
    })
  }

  const guardedAdd: Method = (...args) => {
    if (!enter(args[0] as ClientLike)) return undefined
    guardAdapter()
    current = { client: args[0], payload: args[1] }
    try {
      return Reflect.apply(add, own, args)
    } finally {
      current = undefined
    }
  }

  guardAdapter()
  own._add = guardedAdd
  return () => {
    if (own._add === guardedAdd) own._add = add
    for (const each of undo.values()) each()
  }
}

function isOpen(connect: Connect | undefined): boolean {
  const { conn } = Object(connect?.client) as { conn?: { readyState?: unknown } }
  return conn?.readyState === 'open'
}
