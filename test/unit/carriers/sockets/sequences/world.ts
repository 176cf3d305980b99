// One page, one server and a frozen clock. Sees to it that what happens is noted where a rule needs it.

import { vi } from 'vitest'
import { type Client, type ClientParts, createOpener, doom, listen } from './client.js'
import { openPage } from './page.js'
import type { Setting, Which } from './sequence.js'
import { type Note, namespaces, openServer, type Peer, type ServerParts } from './server.js'
import type { TimerWatch } from './timers.js'
import type { Connect } from './wire.js'

export type Parts = ClientParts & ServerParts
export type World = ReturnType<typeof openWorld>

/** Long enough for the first attempt to reconnect. */
const LONGEST_WAIT_SECONDS = 1
/** So many turns without anything on its way are quiet. */
const QUIET_TURNS = 6
const MOST_TURNS = 3_000
/** So many within so many milliseconds are a loop. */
const MOST_CONNECTS_AT_ONCE = 12
const AT_ONCE_MS = 300

/** What the event loop has to do now. */
const tasks = () => new Promise((resolve) => setImmediate(resolve))

/** Of its connection, as the server knows it. Private by its type. */
export function idOf({ socket }: Client): unknown {
  return Reflect.get(Object(socket.io.engine), 'id')
}

export function openWorld(setting: Setting, parts: Parts, timers: TimerWatch) {
  const wrongs: string[] = []
  const clients: Client[] = []
  const clientOf = (id: number) => clients.find((each) => each.id === id)
  const server = openServer(setting, parts, { wrong, connect: onConnect, accepted, renewed, ending, note: onNote })
  const page = openPage(setting, () => server.network.online)
  const open = createOpener(setting, server.network, page.provider, parts, arrive)
  let amid = () => {}

  function wrong(sentence: string): void {
    wrongs.push(sentence)
  }

  function onConnect({ client: id, token }: Connect): void {
    const client = clientOf(id)
    if (!client) {
      wrong('A CONNECT came without the payload of the app.')
      return
    }
    const complaint = page.complaint(token)
    if (complaint) wrong(`The token of a CONNECT ${complaint}.`)
    if (client.refused.has(token)) wrong('A CONNECT carried a token that the server had turned down.')
    client.connects.push(Date.now())
    const earlier = client.connects.at(-MOST_CONNECTS_AT_ONCE)
    if (earlier !== undefined && Date.now() - earlier < AT_ONCE_MS) wrong('CONNECT follows CONNECT without a pause.')
    client.token = token
  }

  /** With an `Auth` a socket stays with its first user. */
  function accepted({ client: id }: Connect): void {
    const client = clientOf(id)
    if (!client || (setting.linked && client.user)) return
    client.user = client.token?.split(' ')[0]
  }

  function renewed({ client: id }: Connect, token: string): void {
    const client = clientOf(id)
    if (client) client.token = token
  }

  function ending(engineId: string): void {
    for (const client of clients) if (idOf(client) === engineId) doom(client)
  }

  function onNote(id: number, { id: number, by }: Note, peer: Peer): void {
    const client = clientOf(id)
    const message = client?.messages.find((each) => each.id === number)
    if (!client || !message) {
      wrong('A message came that nobody wrote.')
      return
    }
    if (message.nobodys) wrong(`A message that nobody wrote was delivered.`)
    const user = peer.data.auth.objectId
    if (setting.linked && by && by !== user) wrong(`A message of ${by} was delivered under ${user}.`)
    const last = message.arrivals.at(-1)
    if (last && !setting.retries) wrong(`Message ${number} was delivered twice.`)
    if (last && !message.leftBehind) {
      if (message.acknowledged) wrong(`Message ${number} was sent again after its acknowledgement.`)
      if (last.connected) wrong(`Message ${number} was sent again without a lost acknowledgement.`)
    }
    const isLate = client.messages.some((each) => each.id > number && each.arrivals.length > 0)
    if (!last && isLate && !message.leftBehind) wrong(`Message ${number} was overtaken.`)
    message.arrivals.push(peer)
  }

  /** The socket of a namespace. Once it is closed for good the app opens a new one. */
  function latest(which: Which): Client {
    const namespace = namespaces[setting.sockets === 1 ? 0 : which]
    return clients.filter((each) => each.namespace === namespace).at(-1) as Client
  }

  function add(namespace: string): void {
    const client = open(namespace)
    clients.push(client)
    listen(client, setting, wrong)
  }

  /** Fires what is due in the meantime, one timer after the other, with all that follows from each: as an event loop does. */
  async function advance(ms: number, follow: () => Promise<unknown>): Promise<void> {
    let over = false
    timers.set(() => {
      over = true
    }, ms)
    while (!over) {
      vi.advanceTimersToNextTimer()
      await follow()
    }
  }

  /** One turn of the event loop, which takes a millisecond: some of the libraries yield by the shortest timer there is. */
  async function turn(): Promise<void> {
    await tasks()
    await advance(1, tasks)
  }

  /** Until nothing is on its way any more. */
  async function quiet(): Promise<void> {
    let turns = 0
    for (let quietTurns = 0; quietTurns < QUIET_TURNS; turns += 1) {
      if (turns > MOST_TURNS) throw new Error('It does not come to rest, and the clock stands still.')
      await turn()
      quietTurns = server.network.busy() ? 0 : quietTurns + 1
    }
  }

  /** Lets time pass, from one timer to the next. */
  async function pass(seconds: number): Promise<void> {
    await quiet()
    await advance(seconds * 1000, quiet)
  }

  function cut(): void {
    for (const client of clients) doom(client)
    server.cut()
  }

  function hangUp(): void {
    const ends = server.engines().map(({ id }) => id)
    for (const client of clients) if (ends.includes(`${idOf(client)}`)) doom(client)
    server.hangUp()
  }

  function arrive(): void {
    const act = amid
    amid = () => {}
    act()
  }

  /** Does it in the middle of the next arrival, or later if there is none. */
  async function onArrival(act: () => void): Promise<void> {
    amid = act
    await pass(LONGEST_WAIT_SECONDS)
    arrive()
  }

  function goOnline(): void {
    if (server.network.online) return
    server.network.online = true
    page.wake()
  }

  function goOffline(): void {
    server.network.online = false
    cut()
  }

  for (const namespace of namespaces.slice(0, setting.sockets)) add(namespace)
  page.start()
  const ways = { turn, quiet, pass, latest, add, cut, hangUp, onArrival, goOnline, goOffline }
  return { setting, clients, server, page, timers, wrongs, wrong, ...ways }
}
