import { notify, subscribe } from '../../shared/listeners.js'
import type { Peer } from './wire.js'

/** More than a person reads; a page that floods the host must not fill its memory. */
const LONGEST_TRANSCRIPT = 1_000
/** Names of functions come from the page. */
const LONGEST_NAME = 80

/** One message, without its content: no token, no code and nothing that a stranger sent is ever in here. */
export interface TranscriptEntry {
  /** Milliseconds since the epoch. */
  readonly at: number
  /**
   * `received`: a request. `answered`: the reply to one. `sent`: an event of the host. `ignored`: a request that is not
   * answered, because the host is silent. `refused`: from an unknown window or origin, or malformed.
   */
  readonly direction: 'received' | 'answered' | 'sent' | 'ignored' | 'refused'
  readonly peer: Peer | 'stranger'
  /** The function of teams-js. Empty for what was refused. */
  readonly func: string
  /** What it was about, in words. */
  readonly summary: string
}

export interface Transcript {
  readonly entries: readonly TranscriptEntry[]
  record(direction: TranscriptEntry['direction'], peer: TranscriptEntry['peer'], func: string, summary: string): void
  subscribe(listener: (entry: TranscriptEntry) => void): () => void
  close(): void
}

export function createTranscript(now: () => number): Transcript {
  const entries: TranscriptEntry[] = []
  const listeners = new Set<(entry: TranscriptEntry) => void>()
  return {
    entries,
    record(direction, peer, func, summary) {
      const entry = Object.freeze({ at: now(), direction, peer, func: func.slice(0, LONGEST_NAME), summary })
      entries.push(entry)
      if (entries.length > LONGEST_TRANSCRIPT) entries.shift()
      notify(listeners, entry)
    },
    subscribe: (listener) => subscribe(listeners, listener),
    close: () => listeners.clear(),
  }
}
