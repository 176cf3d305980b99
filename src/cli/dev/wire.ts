// What went over the wire: requests to Entra ID, and the claims of the tokens that it gave. Never a token.

import type { Claims } from '../../shared/claims.js'
import { notify, subscribe } from '../../shared/listeners.js'
import type { EntraEmulator } from '../../testing/entra/entra.js'
import type { EntraRequest } from '../../testing/entra/log.js'

export type DoorName = 'browser' | 'host'

export interface WireLine {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly from: 'entra' | 'dev'
  readonly what: string
  readonly result: string
  readonly tone: 'good' | 'bad' | 'plain'
}

/** What a token says, without the token. */
export interface SeenToken {
  readonly at: number
  /** The browser asks Entra ID itself, the host asks for its app. */
  readonly door: DoorName
  readonly how: string
  readonly claims: Claims
}

export type WireEvent =
  | { readonly type: 'line'; readonly line: WireLine }
  | { readonly type: 'token'; readonly token: SeenToken }

export interface Wire {
  tell(line: Omit<WireLine, 'at'>): void
  see(token: Omit<SeenToken, 'at'>): void
  /** What whoever comes later has to know: the last lines, and the last token of each door. */
  past(): readonly WireEvent[]
  subscribe(listener: (event: WireEvent) => void): () => void
}

const LONGEST_PAST = 200

export function createWire(now: () => number = Date.now): Wire {
  const listeners = new Set<(event: WireEvent) => void>()
  const lines: WireEvent[] = []
  const tokens = new Map<DoorName, WireEvent>()
  return {
    tell(line) {
      const event = { type: 'line', line: { at: now(), ...line } } as const
      lines.push(event)
      if (lines.length > LONGEST_PAST) lines.shift()
      notify(listeners, event)
    },
    see(token) {
      const event = { type: 'token', token: { at: now(), ...token } } as const
      tokens.set(token.door, event)
      notify(listeners, event)
    },
    past: () => [...lines, ...tokens.values()],
    subscribe: (listener) => subscribe(listeners, listener),
  }
}

/** The last request to this path that is not asked in advance (a preflight). */
export function requestTo(pathname: string, { requests }: Pick<EntraEmulator, 'requests'>): EntraRequest | undefined {
  return requests.filter(({ path, method }) => path === pathname && method !== 'OPTIONS').at(-1)
}

/** What Entra ID is asked by people's browsers. The keys are read by servers, again and again. */
export function isWorthTelling({ endpoint }: EntraRequest): boolean {
  return ['authorize', 'token', 'logout'].includes(endpoint)
}

/** A request to Entra ID in words. */
export function lineOfRequest({ path, parameters, status, aadsts }: EntraRequest): Omit<WireLine, 'at' | 'from'> {
  const grant = parameters['grant_type']
  const what = `${path.split('/').at(-1)}${grant ? ` by ${grant}` : ''}`
  const result = status === 0 ? 'the connection breaks' : `${status ?? ''}${aadsts ? ` AADSTS${aadsts}` : ''}`
  const isBad = aadsts !== undefined || status === 0 || (status ?? 0) >= 400
  return { what, result, tone: isBad ? 'bad' : 'good' }
}
