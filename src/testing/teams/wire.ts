// The messages of teams-js. A request is answered by { id, uuidAsString, args }; an event of the host is { func, args }.

/** A request of teams-js, as far as a host needs it. */
export interface TeamsRequest {
  readonly id: number
  readonly uuidAsString: string | undefined
  readonly func: string
  readonly args: readonly unknown[]
  /** The payload of the nested app auth bridge: JSON text beside empty `args`. */
  readonly data: unknown
}

/** Which page asks: the app, or the sign-in window that the host opened for it. */
export type Peer = 'app' | 'popup'

/** The arguments of a reply, or `undefined` where there is none. */
export type HostAnswer = readonly unknown[] | undefined

/** Answers one function of teams-js. `undefined`: there is no answer to it. */
export type Handler = (request: TeamsRequest, peer: Peer) => HostAnswer | Promise<HostAnswer>

/** Reads a message as a request of teams-js. `undefined` for everything else. Never throws. */
export function readRequest(message: unknown): TeamsRequest | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { id, uuidAsString, func, args, data } = message as Record<string, unknown>
  if (typeof id !== 'number' || typeof func !== 'string') return undefined
  const uuid = typeof uuidAsString === 'string' ? uuidAsString : undefined
  return { id, uuidAsString: uuid, func, args: Array.isArray(args) ? args : [], data }
}

export function replyTo({ id, uuidAsString }: TeamsRequest, args: readonly unknown[], echoUuid: boolean): object {
  return { id, ...(echoUuid && uuidAsString !== undefined && { uuidAsString }), args }
}

/** A JSON object in text form, or `undefined`. Never throws. */
export function readObject(text: unknown): Record<string, unknown> | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

export function nonEmptyText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
