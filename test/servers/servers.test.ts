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
  page = await openAs(ADELE)
  return () => page.context().close()
})

async function openAs(username: string): Promise<Page> {
  const opened = await world.openPage()
  await opened.evaluate(() => void window.team.auth.signIn())
  await opened.click(`button[data-user="${username}"]`)
  await opened.waitForFunction(() => window.team?.auth.state.status === 'signed-in')
  return opened
}

const connect = (path = '/team/socket.io', transports = ['websocket']) =>
  page.evaluate(([to, over]) => window.team.connect(to, over), [path, transports] as const)
const ask = () => page.evaluate(() => window.team.ask())
const said = () => page.evaluate(() => window.team.said)

/** Leaves and comes back until the other process has the socket. nginx asks each in turn. */
async function moveTo(other: string, meanwhile: () => Promise<unknown>): Promise<void> {
  await page.evaluate(() => window.team.leave())
  await page.waitForFunction(() => !window.team.isConnected())
  await meanwhile()
  await page.evaluate(() => window.team.comeBack())
  await page.waitForFunction(() => window.team.isConnected())
  if ((await ask()).process !== other) await moveTo(other, meanwhile)
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
  const beside = await openAs(ADELE)
  await beside.evaluate(() => window.team.connect('/sticky/socket.io', ['websocket']))
  let messages = 0
  const say = () => {
    messages += 1
    return beside.evaluate((text) => window.team.send('say', text), `${messages}`)
  }
  await say()
  await expect.poll(said).toHaveLength(1)
  await moveTo(first === 'first' ? 'second' : 'first', async () => {
    await say()
    // Only what has reached the Redis can be missed: the other page has it from there or from its own process.
    await expect.poll(() => beside.evaluate(() => window.team.said.length)).toBe(messages)
  })
  expect(await ask()).toMatchObject({ key, recovered: true, everywhere: 2 })
  await say()
  await expect.poll(said).toEqual(Array.from({ length: messages }, (_, i) => `${i + 1}`))
  await beside.context().close()
})

it('another user who has learned the id of a session gets nothing of it from the other process', async () => {
  await connect('/app0/socket.io')
  await page.evaluate(() => window.team.send('say', 'for Adele'))
  await expect.poll(said).toHaveLength(1)
  const session = await page.evaluate(() => window.team.session())
  expect(session.pid).toBeTruthy()
  await page.evaluate(() => window.team.send('say', 'for Adele too'))
  await expect.poll(said).toHaveLength(2)
  await page.evaluate(() => window.team.leave())
  const other = await openAs('alex@contoso.example')
  await other.evaluate((payload) => {
    window.team.connect('/app1/socket.io', ['websocket'], payload).catch(() => {})
  }, session)
  await other.waitForFunction(() => window.team.events.includes('account_mismatch'))
  expect(await other.evaluate(() => [window.team.isConnected(), window.team.said])).toEqual([false, []])
  await other.context().close()
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
  const other = await openAs(ADELE)
  const who = await other.evaluate(() => window.team.connect('/team/socket.io', ['websocket']))
  expect(who).toMatchObject({ key, everywhere: 1 })
  await other.context().close()
})
