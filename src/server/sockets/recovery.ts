// Connection state recovery sends what a client has missed before any middleware runs, even with
// `skipMiddlewares: false`. So the token of a CONNECT is checked before a session is restored, and only the account that
// the session belongs to gets it back.

import type { ConnectCheck } from './connect-check.js'
import type { ClientLike } from './dynamic-namespaces.js'
import type { Method, NamespaceLike, UncheckedData } from './socket-like.js'
import { isSocketRefusal } from './token-check.js'

/** Mostly documented nowhere, but an adapter does not learn which client asks for a session, and nothing else does. */
interface NamespaceInternals {
  /** Those that are connected, by their ids. */
  readonly sockets: { has(id: string): boolean }
  adapter: { restoreSession?: Method }
  /** Takes a CONNECT: the client, its payload, and more. Asks the adapter before it returns. */
  _add: Method
}

/** A CONNECT while Socket.IO takes it. */
interface CurrentConnect {
  readonly client: unknown
  readonly payload: unknown
}

export function canGuardRecovery(namespace: NamespaceLike): boolean {
  return typeof (namespace as NamespaceLike & Partial<NamespaceInternals>)._add === 'function'
}

/** @param countConnect - counts a CONNECT; `false` if it is one too many, and gets no answer */
export function guardRecovery(
  namespace: NamespaceLike,
  check: ConnectCheck,
  countConnect: (client: ClientLike) => boolean,
): () => void {
  const own = namespace as NamespaceLike & NamespaceInternals
  const add = own._add
  const undo = new Map<Method, () => void>()
  /** Without one nothing is restored. */
  let current: CurrentConnect | undefined

  async function restoreFor(connect: CurrentConnect | undefined, restore: () => unknown): Promise<unknown> {
    const payload = connect?.payload
    const identity = await check.checkPayload(payload)
    if (isSocketRefusal(identity)) return null
    const session: unknown = await restore()
    const { sid, data } = Object(session) as { sid?: unknown; data?: UncheckedData }
    if (!data?.auth) return null
    // Of two sockets with one id, the end of the first would clean up under the second: where the server has not noticed
    // yet that the last connection is gone, and where this one has gone already.
    if (own.sockets.has(String(sid)) || !isOpen(connect)) return null
    if (data.auth.key === identity.key) return { ...Object(session), data: { ...data, auth: identity } }
    check.refuseOtherAccount(payload)
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
    if (!countConnect(args[0] as ClientLike)) return undefined
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

function isOpen(connect: CurrentConnect | undefined): boolean {
  const { conn } = Object(connect?.client) as { conn?: { readyState?: unknown } }
  return conn?.readyState === 'open'
}
