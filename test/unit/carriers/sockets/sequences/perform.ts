// What each step of a sequence does to the world.

import { type Client, connect, disconnect, emit, excuse, kick } from './client.js'
import type { Action, Step } from './sequence.js'
import { clientOf, engineIdOf, type Peer } from './server.js'
import { idOf, type World } from './world.js'

type Ways = {
  readonly [Name in Action['do']]: (world: World, action: Extract<Action, { do: Name }>) => Promise<void> | void
}

/** Of the server, in seconds, and one more. */
const GRACE_SECONDS = 31

function isOf(peer: Peer, client: Client): boolean {
  return clientOf(peer) === client.id && engineIdOf(peer) === idOf(client)
}

const ways: Ways = {
  connect(world, { socket }) {
    const client = world.latest(socket)
    if (client.stopped === 'account_mismatch') world.add(client.namespace)
    else connect(client)
  },
  disconnect(world, { socket }) {
    excuse(world.latest(socket))
    disconnect(world.latest(socket))
  },
  emit({ latest, page, setting }, { socket, count }) {
    for (let n = 0; n < count; n += 1) emit(latest(socket), page.user, setting.retries)
    const { wanted, stopped, messages } = latest(socket)
    // A closed socket follows nobody, and cannot tell later what was written when.
    if ((!wanted || stopped) && page.hasLeft) for (const each of messages) each.excused = true
    if (setting.linked && page.left) for (const each of messages.slice(-count)) each.nobodys = true
  },
  news: ({ server, latest }, { socket }) => server.tell(latest(socket).namespace),
  cut: ({ cut }) => cut(),
  'hang up': ({ hangUp }) => hangUp(),
  kick({ server, clients, latest }, { socket }) {
    const kicked = server.kick(latest(socket).namespace)
    for (const client of clients) if (kicked.some((peer) => isOf(peer, client))) kick(client)
  },
  refuse: ({ server }, { verdict, times }) => void server.verdicts.push(...Array(times).fill(verdict)),
  revoke: ({ server, page }) => server.revokeAll(page.tokens()),
  renew: ({ page }) => page.renew(),
  pass: ({ pass }, { seconds }) => pass(seconds),
  expire: ({ pass, page }) => pass(page.remaining() / 1000 + GRACE_SECONDS),
  'sign in': ({ page }, { user }) => page.signIn(user),
  'sign out'({ page, clients, setting }, { elsewhere }) {
    // It ends sockets as the app's own disconnect() would: the server ignores what it hears after that.
    if (setting.linked) for (const client of clients) excuse(client)
    if (elsewhere) page.leave()
    else page.signOut()
    const isClosed = ({ wanted, stopped }: Client) => !wanted || stopped
    for (const { messages } of clients.filter(isClosed)) for (const each of messages) each.excused = true
  },
  source: ({ page }, { mood }) => page.turn(mood),
  offline: ({ goOffline }) => goOffline(),
  online: ({ goOnline }) => goOnline(),
  sleep: ({ page }, { seconds }) => page.sleep(seconds * 1000),
}

/** What takes time cannot happen in the middle of an arrival. */
const TAKES_TIME: readonly Action['do'][] = ['pass', 'expire']

export async function perform(world: World, step: Step): Promise<void> {
  const way = ways[step.do] as (world: World, action: Action) => Promise<void> | void
  if (step.amid && !TAKES_TIME.includes(step.do)) await world.onArrival(() => void way(world, step))
  else await way(world, step)
  if (step.turns === undefined) await world.quiet()
  else for (let n = 0; n < step.turns; n += 1) await world.turn()
}
