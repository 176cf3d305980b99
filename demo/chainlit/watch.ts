import type { LogLine } from '../pages/stage-log.js'
import type { DoorName, Journal } from '../server/journal.js'

/** One request to Chainlit and its answer. */
export interface Answered {
  readonly door: DoorName
  readonly method: string
  /** Without the query, which could hold a code. */
  readonly path: string
  readonly status: number
  /** Whether it is for a whole page. */
  readonly isPage: boolean
  /** Whether the answer sets a cookie that the demo lets the browser refuse. */
  readonly isCookieRefused: boolean
  /** Of `/user` alone. */
  readonly body: string
}

/** What goes through the proxy, as far as it tells how a door fares. */
export interface Watch {
  answered(answer: Answered): void
  /** A Socket.IO packet. `id` tells the connections apart. */
  packet(door: DoorName, id: string, from: 'page' | 'server', packet: string): void
  /** A connection is gone. */
  ended(door: DoorName, id: string): void
}

interface Door {
  pages: number
  /** Who the server said it is, when it was asked last. */
  user: { key: string; name: string } | undefined
  /** Of the conversations: Chainlit keeps what was said under it. */
  readonly sessions: Set<string>
}

const toldPaths = /^\/(auth\/(header|oauth\/.*)|logout|user)$/
/** Socket.IO's CONNECT, CONNECT_ERROR and EVENT, each in a message of Engine.IO. */
const CONNECT = /^40(\{.*\})$/
const REFUSED = /^44(\{.*\})$/
const CHAT_MESSAGE = /^42\d*\["client_message"/

/** Writes what happens in the two doors of one Chainlit to its journal. */
export function createWatch(journal: Journal): Watch {
  const doors: Record<DoorName, Door> = { browser: newDoor(), teams: newDoor() }
  const asked = new Map<string, string>()
  const connected = new Set<string>()

  function tell(from: DoorName, what: string, result: string, tone: LogLine['tone']): void {
    const key = doors[from].user?.key
    journal.write({ from, what, result, tone, ...(key !== undefined && { key }) })
  }

  function answered(answer: Answered): void {
    const { door, method, path, status, isPage, isCookieRefused } = answer
    if (isPage) {
      doors[door].pages += 1
      tell(door, `page ${path}`, `load no. ${doors[door].pages}`, 'plain')
      return
    }
    if (!toldPaths.test(path) || (path === '/user' && !isNews(door, answer))) return
    const result = isCookieRefused ? `${status}, its cookie refused` : String(status)
    tell(door, `${method} ${path}`, result, status >= 400 || isCookieRefused ? 'bad' : 'good')
  }

  /** Pages ask again and again who is there. */
  function isNews(door: DoorName, { status, body }: Answered): boolean {
    const before = doors[door].user
    const user = status === 200 ? userOf(body) : undefined
    doors[door].user = user
    return user === undefined || user.key !== before?.key
  }

  function connect(door: DoorName, id: string): void {
    const session = asked.get(id) ?? ''
    const { sessions, user } = doors[door]
    tell(door, 'socket connected', sessions.has(session) ? 'the same conversation' : 'a new conversation', 'good')
    sessions.add(session)
    connected.add(id)
    if (user) journal.enter(id, door, user)
  }

  return {
    answered,
    packet(door, id, from, packet) {
      const [, connecting] = packet.match(CONNECT) ?? []
      if (from === 'page') {
        if (connecting) asked.set(id, String(parsed(connecting)['sessionId']))
        if (CHAT_MESSAGE.test(packet)) tell(door, 'chat message', '', 'good')
        return
      }
      if (connecting) connect(door, id)
      const [, refused] = packet.match(REFUSED) ?? []
      if (refused) tell(door, 'socket refused', String(parsed(refused)['message']), 'bad')
    },
    ended(door, id) {
      asked.delete(id)
      if (!connected.delete(id)) return
      journal.leave(id)
      tell(door, 'socket gone', '', 'plain')
    },
  }
}

function newDoor(): Door {
  return { pages: 0, user: undefined, sessions: new Set() }
}

function userOf(body: string): Door['user'] {
  const { identifier, display_name: name } = parsed(body)
  return { key: String(identifier), name: String(name ?? identifier) }
}

function parsed(json: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(json)) as Record<string, unknown>
  } catch {
    return {}
  }
}
