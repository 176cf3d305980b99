// The examples with a server of their own: Apollo, server-sent events, WebSocket; and SignalR, with a hub of these tests.

import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appOrigin } from '../e2e/doors.js'
import { type ExampleDoors, openExamples, outputOf, PAGE_ENV, signInAt, whereTokensWent } from './doors.js'
import { forwarding } from './forward.js'
import { createHubServer } from './hub.js'
import { buildWithVite } from './run.js'
import { openServers, type Servers } from './servers.js'

const OTHER_CLIENT_ID = 'c2222222-2222-4333-8444-555555555555'
const HOST = new URL(appOrigin).host
const examples = [
  ['apollo', [`header authorization of POST ${appOrigin}/graphql`]],
  ['sse', [`header authorization of GET ${appOrigin}/events`]],
  ['websocket', [`message to wss://${HOST}/live`]],
] as const

const forward = forwarding(
  (path) => ['/graphql', '/events', '/live'].includes(path) || path.startsWith('/hub') || path === '/session',
)
let doors: ExampleDoors
let servers: Servers
beforeAll(async () => {
  doors = await openExamples(forward.start)
  servers = await openServers(doors.entra)
})
afterEach(() => doors?.reset())
afterAll(async () => {
  await servers?.close()
  await doors?.close()
})

describe.each(examples)('%s', (example, places) => {
  beforeAll(async () => {
    doors.show(await buildWithVite(example, PAGE_ENV))
    forward.port = (await servers.start(example)).port
  })

  it('shows in a browser whom the server knows, with the token in one place alone', async () => {
    const page = await signInAt(doors)
    expect(await outputOf(page)).toBe(doors.keyOf(doors.adele))
    expect(await whereTokensWent(doors)).toEqual(places)
  })

  it('shows in Teams whom the server knows, without a click', async () => {
    const { frame } = await doors.openTeams()
    expect(await outputOf(frame)).toBe(doors.keyOf(doors.adele))
  })
})

describe('a server that refuses every token', () => {
  it.each([
    ['sse', '/events'],
    ['websocket', '/live'],
  ])('is asked once more by %s, with a fresh token, and never again', async (example, path) => {
    doors.show(await buildWithVite(example, PAGE_ENV))
    forward.port = (await servers.start(example, ['server.js'], { CLIENT_ID: OTHER_CLIENT_ID })).port
    const asked = () => doors.world.requests.filter(({ url }) => new URL(url).pathname === path).length
    const page = await doors.openTab()
    const refusals = countRefusals(page, path)
    await page.clock.install()
    await page.click('text=Sign in')
    await page.click(`button[data-user="${doors.adele.username}"]`)
    await expect.poll(refusals).toBe(2)
    for (let minutes = 0; minutes < 3; minutes += 1) await page.clock.fastForward('01:00')
    await page.evaluate(() => new Promise((done) => requestIdleCallback(done)))
    expect(asked()).toBe(2)
  })

  /** Answers with 401, and connections that have been closed. */
  function countRefusals(page: Page, path: string): () => number {
    let count = 0
    page.on('response', (response) => {
      if (new URL(response.url()).pathname === path && response.status() === 401) count += 1
    })
    page.on('websocket', (socket) => {
      socket.on('close', () => {
        count += 1
      })
    })
    return () => count
  }
})

describe('signalr', () => {
  const hub = { close() {} }
  beforeAll(async () => {
    doors.show(await buildWithVite('signalr', PAGE_ENV))
    const server = createHubServer(doors.entra)
    await new Promise<void>((done) => server.listen(0, 'localhost', done))
    forward.port = (server.address() as AddressInfo).port
    hub.close = () => {
      server.close()
      server.closeAllConnections()
    }
  })
  afterAll(() => hub.close())

  it('shows in a browser whom the hub knows, and no URL has the token', async () => {
    const page = await signInAt(doors)
    expect(await outputOf(page)).toBe(doors.keyOf(doors.adele))
    const places = await whereTokensWent(doors)
    expect(places).toContain(`header authorization of POST ${appOrigin}/hub/negotiate`)
    expect(places).toContain(`header authorization of GET ${appOrigin}/hub`)
    expect(places.filter((place) => !place.startsWith('header authorization of '))).toEqual([])
  })

  it('shows it by a WebSocket with a cookie too, which has no token at all', async () => {
    const page = await signInAt(doors, '/#cookie')
    expect(await outputOf(page)).toBe(doors.keyOf(doors.adele))
    expect(await whereTokensWent(doors)).toEqual([`header authorization of POST ${appOrigin}/session`])
    expect(doors.world.requests.map(({ url }) => url)).toContain(`wss://${HOST}/hub`)
  })

  it('shows in Teams whom the hub knows, without a click', async () => {
    const { frame } = await doors.openTeams()
    expect(await outputOf(frame)).toBe(doors.keyOf(doors.adele))
  })

  it('shows it in Teams by a WebSocket with a cookie too', async () => {
    const { frame } = await doors.openTeams({}, { query: '#cookie' })
    expect(await outputOf(frame)).toBe(doors.keyOf(doors.adele))
    expect(doors.world.requests.map(({ url }) => url)).toContain(`wss://${HOST}/hub`)
  })
})

describe('websocket, and a sign-out in another tab', () => {
  it('ends the connection', async () => {
    const react = await buildWithVite('react-vite', PAGE_ENV)
    doors.show(await buildWithVite('websocket', PAGE_ENV))
    forward.port = (await servers.start('websocket')).port
    const page = await doors.openTab()
    const opened = page.waitForEvent('websocket')
    await page.click('text=Sign in')
    await page.click(`button[data-user="${doors.adele.username}"]`)
    const socket = await opened
    await outputOf(page)

    doors.show(react)
    const other = await page.context().newPage()
    await other.goto(appOrigin)
    await other.click('text=Sign in') // Entra ID knows the user of this browser already
    const closed = socket.waitForEvent('close')
    await other.click('text=Sign out')
    await closed
    await page.waitForSelector('text=Sign in')
  })
})
