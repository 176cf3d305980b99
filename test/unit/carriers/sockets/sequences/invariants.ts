// What has to hold, whatever has happened before.

import { type Client, connect, disconnect, listenersOf } from './client.js'
import type { User } from './sequence.js'
import type { Peer } from './server.js'
import type { World } from './world.js'

/** Long enough for the longest back-off, a slow verifier and a slow source. */
const PATIENCE_MS = 200_000
/** Of the server, and a moment. */
const GRACE_MS = 30_100
const FAILED_FOR_GOOD = 'account_mismatch'

/** Holds whenever nothing is on its way. */
export function checkAtRest({ server, page, clients, wrong, setting }: World): void {
  // The timers of the server have slept as well.
  const end = Date.now() - page.slept() - GRACE_MS
  const over = ({ data }: Peer) => data.auth.expiresAt < end
  if (setting.protected && server.sockets().some(over)) wrong('The server keeps a socket whose token is over.')
  if (server.sockets().some(server.hasChangedHands)) wrong('A live socket of the server went over to another user.')
  // A transport that is being replaced holds back what was sent.
  if (server.engines().some(({ upgrading }) => upgrading)) return
  if (setting.linked && page.left && server.sockets().length > 0) wrong('A socket has outlived a sign-out.')
  for (const client of clients) {
    const count = server.socketsOf(client.id).length
    if (count > 1) wrong(`The server has ${count} sockets of one client.`)
    if (count > 0 && !client.socket.connected) wrong('The server has a ghost of a socket that is not connected.')
    if (count < 1 && isOpen(client)) wrong('A socket takes itself for connected, and the server has none.')
  }
}

/** Once all is well, each socket is connected again within minutes, unless it was told to stay away. */
export async function checkRecovery(world: World): Promise<void> {
  const { server, page, clients, pass, wrong } = world
  server.recover()
  page.turn('well')
  page.release()
  world.goOnline()
  await world.quiet()
  page.turn('well')
  const user = clients.find((each) => each.stopped !== FAILED_FOR_GOOD && each.user)?.user ?? page.user ?? 'alice'
  if (page.user !== user) page.signIn(user as User)
  await world.quiet()
  for (const client of clients) if (client.wanted && !client.stopped) await expectReturn(world, client)
  for (const client of clients) await expectConnected(world, client)
  await pass(1)
  for (const { stopped, socket } of clients) {
    if (stopped === FAILED_FOR_GOOD && socket.active) wrong('A socket came back that was closed for good.')
  }
  checkAtRest(world)
  for (const { socket } of clients) {
    if (socket.connected && socket.io.engine.readyState !== 'open') wrong('A socket is connected over nothing.')
  }
  for (const client of clients) checkDelivery(world, client)
}

/** By itself, unless the app hears that the socket has given up. */
async function expectReturn(world: World, client: Client): Promise<void> {
  const start = Date.now()
  while (!client.socket.connected && !client.stopped) {
    if (Date.now() - start < PATIENCE_MS) await world.pass(1)
    else throw new Error('A socket did not come back by itself, although everything was well for minutes.')
  }
}

/** The app calls connect(), and again as often as it hears that the socket has given up. */
async function expectConnected(world: World, client: Client): Promise<void> {
  const start = Date.now()
  while (!client.socket.connected && client.stopped !== FAILED_FOR_GOOD) {
    if (!client.wanted || client.stopped) connect(client)
    if (Date.now() - start < PATIENCE_MS) await world.pass(1)
    else throw new Error('A socket did not come back after connect(), although everything was well for minutes.')
  }
}

function checkDelivery({ wrong }: World, { messages, stopped, socket }: Client): void {
  // Closed for good: what was still to be sent is dropped, because somebody else wrote it.
  if (stopped === FAILED_FOR_GOOD || !socket.connected) return
  const lost = messages.filter(({ arrivals, excused, nobodys }) => arrivals.length === 0 && !excused && !nobodys)
  if (lost.length > 0) wrong(`Lost, with no drop but one of twodoor's own: message ${lost.map(({ id }) => id).join()}.`)
}

/** After close() nothing is left that could act. */
export async function checkClosed(world: World): Promise<void> {
  const { server, page, clients, wrong, timers } = world
  for (const client of clients) disconnect(client)
  await world.quiet()
  // A transport that is being replaced closes when that is done.
  while (server.engines().some(({ upgrading }) => upgrading)) await world.pass(0.1)
  await world.quiet()
  if (server.sockets().length > 0) wrong('The server has a ghost of a socket that the app has closed.')
  if (page.subscribers() > 0) wrong('Somebody still listens to the provider after close().')
  for (const client of clients)
    if (listenersOf(client) > 4) wrong('Somebody still listens to the socket after close().')
  page.dispose()
  server.recover()
  server.close()
  await world.quiet()
  if (timers.count() > 0) wrong(`${timers.count()} timers are left after close().`)
  const connects = countConnects(clients)
  await world.pass(60)
  if (clients.some(({ socket }) => socket.active)) wrong('A socket came back after close().')
  if (connects !== countConnects(clients)) wrong('A CONNECT came after close().')
}

function countConnects(clients: readonly Client[]): number {
  return clients.reduce((sum, { connects }) => sum + connects.length, 0)
}

/**
 * A connection may be closing, and its sockets not know yet. And engine.io-client, with plain `io` as well, finds out by its
 * pings alone that the network broke in the middle of an upgrade: here there are none.
 */
function isOpen({ socket }: Client): boolean {
  const { engine } = socket.io
  return socket.connected && engine.readyState === 'open' && !Reflect.get(engine, 'upgrading')
}
