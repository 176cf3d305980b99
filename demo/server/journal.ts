import type { ServerResponse } from 'node:http'
import type { LogLine, Presence } from '../pages/stage-log.js'

export type DoorName = 'browser' | 'teams'

export interface Journal {
  write(line: Omit<LogLine, 'at'>): void
  /** Somebody whom the server verified is there, until `leave`. `id` tells apart the connections of one door. */
  enter(id: string, door: DoorName, who: { key: string; name: string }): void
  leave(id: string): void
  /** Streams the log and the presence as server-sent events. */
  attach(response: ServerResponse): void
  close(): void
}

const LONGEST_LOG = 100
/** How long a reader waits before it connects again, in milliseconds. */
const RETRY_MS = 1_000

/** What the server did and whom it saw, told live to every open stage. Never holds a token. */
export function createJournal(): Journal {
  const lines: LogLine[] = []
  const present = new Map<string, { door: DoorName; key: string; name: string }>()
  const readers = new Set<ServerResponse>()

  function tell(event: string, data: unknown): void {
    for (const reader of readers) reader.write(frameOf(event, data))
  }

  function presence(): Presence {
    const seen = (door: DoorName) => {
      const last = [...present.values()].filter((each) => each.door === door).at(-1)
      return last && { [door]: { key: last.key, name: last.name } }
    }
    return { ...seen('browser'), ...seen('teams') }
  }

  return {
    write(line) {
      const complete = { at: Date.now(), ...line }
      lines.push(complete)
      if (lines.length > LONGEST_LOG) lines.shift()
      tell('log', complete)
    },
    enter(id, door, who) {
      present.delete(id)
      present.set(id, { door, ...who })
      tell('presence', presence())
    },
    leave(id) {
      if (present.delete(id)) tell('presence', presence())
    },
    attach(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.write(`retry: ${RETRY_MS}\n\n`)
      for (const line of lines) response.write(frameOf('log', line))
      response.write(frameOf('presence', presence()))
      readers.add(response)
      response.on('close', () => readers.delete(response))
    },
    close() {
      for (const reader of readers) reader.end()
    },
  }
}

function frameOf(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** The label that a page gave itself. It is for the log: nothing is decided by it. */
export function doorOf(label: unknown): DoorName {
  return label === 'teams' ? 'teams' : 'browser'
}
