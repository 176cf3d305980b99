// An app behind nginx, with TLS and HTTP/2, below a path, in two processes that share a Redis.

import type { Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ADELE, type ServersWorld, startServers } from './world.js'

const HOUR_MS = 3_600_000

let world: ServersWorld
let page: Page
let key: string

beforeAll(async () => {
  world = await startServers()
  const [adele] = world.entra.users
  key = `entra:${world.entra.tenant}:${adele?.objectId}`
})
afterAll(() => world?.close())

beforeEach(async () => {
  page = await world.openPage()
  await page.evaluate(() => void window.team.auth.signIn())
  await page.click(`button[data-user="${ADELE}"]`)
  await page.waitForFunction(() => window.team?.auth.state.status === 'signed-in')
  return () => page.context().close()
})

const connect = (path = '/team/socket.io', transports = ['websocket']) =>
  page.evaluate(([to, over]) => window.team.connect(to, over), [path, transports] as const)
const ask = () => page.evaluate(() => window.team.ask())
const said = () => page.evaluate(() => window.team.said)

/** Ends the connection until the other process has the socket. nginx asks each in turn. */
async function moveTo(other: string): Promise<void> {
  await page.evaluate(() => window.team.send('cut'))
  await page.waitForFunction(() => !window.team.isConnected())
  await page.waitForFunction(() => window.team.isConnected())
  if ((await ask()).process !== other) await moveTo(other)
}

it('signs in over HTTP/2, below the path, and both processes know the user', async () => {
  expect(await page.evaluate(() => window.team.protocol())).toBe('h2')
  const answers = await page.evaluate(async () => [
    await window.team.json('/team/api/me'),
    await window.team.json('/team/api/me'),
  ])
  expect(answers.map((answer) => answer['key'])).toEqual([key, key])
  expect(new Set(answers.map((answer) => answer['process'])).size).toBe(2)
})

it('a session that one process has begun is read by both', async () => {
  expect(await page.evaluate(() => window.team.keep('/team/session'))).toBe(key)
  for (const _ of ['first', 'second'])
    expect(await page.evaluate(() => window.team.byCookie('/team/file'))).toEqual({ key })
})

describe.each([
  ['polling, buffered', ['polling']],
  ['polling and an upgrade', ['polling', 'websocket']],
  ['WebSocket', ['websocket']],
])('a socket over %s', (_, transports) => {
  it('connects and is renewed while it stays what it is', async () => {
    const who = await connect('/sticky/socket.io', transports)
    expect(who).toMatchObject({ key, recovered: false })
    await page.evaluate(() => window.team.renew())
    await page.waitForFunction(() => window.team.renewals.count > 0)
    expect(await ask()).toEqual(who)
  })
})

it('a socket comes back in the other process, with what it has missed', async () => {
  const { process: first } = await connect()
  await page.evaluate(() => window.team.send('say', 'before'))
  await expect.poll(said).toEqual(['before'])
  await moveTo(first === 'first' ? 'second' : 'first')
  const moved = await ask()
  expect(moved).toMatchObject({ key, recovered: true, everywhere: 1 })
  await page.evaluate(() => window.team.send('say', 'after'))
  await expect.poll(said).toEqual(['before', 'after'])
})

it('a socket whose token has ended is ended, and comes back with a new one', async () => {
  await connect()
  world.advance(HOUR_MS + HOUR_MS / 2)
  // The server looks at the clock with the next packet.
  await page.evaluate(() => window.team.send('say', 'too late'))
  await page.waitForFunction(() => window.team.events.includes('expired'))
  await page.waitForFunction(() => window.team.isConnected())
  expect(await ask()).toMatchObject({ key, everywhere: 1 })
  expect(await said()).toEqual([])
})

it('a sign-out ends the sockets, and no process has one of the user any more', async () => {
  await connect()
  await page.evaluate(() => window.team.auth.signOut())
  await page.waitForFunction(() => !window.team.isConnected())
  const other = await world.openPage()
  await other.evaluate(() => void window.team.auth.signIn())
  await other.click(`button[data-user="${ADELE}"]`)
  await other.waitForFunction(() => window.team?.auth.state.status === 'signed-in')
  const who = await other.evaluate(() => window.team.connect('/team/socket.io', ['websocket']))
  expect(who).toMatchObject({ key, everywhere: 1 })
  await other.context().close()
})
