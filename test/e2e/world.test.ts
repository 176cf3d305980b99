import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import express from 'express'
import type { Page } from 'playwright'
import { Server as SocketServer } from 'socket.io'
import { afterEach, expect, test, vi } from 'vitest'
import { type Site, startWorld, type World } from './world.js'

const html = (body: string) => new Response(body, { headers: { 'content-type': 'text/html' } })
const socketClient = createRequire(import.meta.url).resolve('socket.io-client/dist/socket.io.js')

let world: World | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

async function open(sites: Record<string, Site>): Promise<World> {
  world = await startWorld(sites)
  return world
}

test('serves several origins under their own names, each in a secure context', async () => {
  const { newPage, requests } = await open({
    'teams.microsoft.com': () => html('<iframe src="https://app.contoso.com/tab"></iframe>'),
    'app.contoso.com': () => html('<p>hello</p>'),
  })
  const { page } = await newPage()
  await page.goto('https://teams.microsoft.com/')
  const frame = page.frames()[1]
  expect(await frame?.evaluate(() => [location.href, isSecureContext, location.ancestorOrigins[0]])).toEqual([
    'https://app.contoso.com/tab',
    true,
    'https://teams.microsoft.com',
  ])
  expect(requests.map(({ method, url }) => `${method} ${url}`)).toContain('GET https://app.contoso.com/tab')
})

test('keeps what was sent, and tells where a text went', async () => {
  const app = express()
  app.use(express.text(), (request, response) => void response.send(request.body ?? '<p>express</p>'))
  const { newPage, requests, whereSent } = await open({
    'app.contoso.com': async (request) => (request.method === 'POST' ? new Response(await request.text()) : html('')),
    'api.contoso.com': createServer(app),
  })
  const { page } = await newPage()
  await page.goto('https://app.contoso.com/')
  const echo = await page.evaluate(async () => {
    const headers = { Authorization: 'Bearer s3cret' }
    return (await fetch('/?q=s3cret', { method: 'POST', body: 'körper s3cret', headers })).text()
  })
  expect(echo).toBe('körper s3cret')
  const there = await page.context().newPage()
  await there.goto('https://api.contoso.com/')
  const again = await there.evaluate(async () => (await fetch('/express', { method: 'POST', body: 'b0dy' })).text())
  expect(again).toBe('b0dy')
  expect(whereSent('s3cret')).toEqual([
    'header authorization of POST https://app.contoso.com/',
    'URL of POST https://app.contoso.com/',
    'body of POST https://app.contoso.com/',
  ])
  expect(whereSent('b0dy')).toEqual(['body of POST https://api.contoso.com/express'])
  expect(requests.find(({ method }) => method === 'POST')?.body).toBe('körper s3cret')
})

test('hands on several cookies, and the headers of a redirect', async () => {
  const { newPage } = await open({
    'app.contoso.com': (request) => {
      if (new URL(request.url).pathname === '/done') return html(request.headers.get('cookie') ?? 'none')
      const headers = new Headers({ location: '/done' })
      headers.append('set-cookie', 'one=1; Secure')
      headers.append('set-cookie', 'two=2; Secure')
      return new Response(null, { status: 302, headers })
    },
  })
  const { page } = await newPage()
  await page.goto('https://app.contoso.com/')
  expect(await page.textContent('body')).toBe('one=1; two=2')
})

test('fails a test whose page asks for a host that is not there', async () => {
  const { newPage, close, strangers } = await open({ 'app.contoso.com': () => html('') })
  const { page } = await newPage()
  await page.goto('https://app.contoso.com/')
  const status = await page.evaluate(() =>
    fetch('https://tracker.example/x', { mode: 'no-cors' }).then(({ type }) => type),
  )
  expect(status).toBe('opaque')
  await page.evaluate(
    () => new Promise((done) => new WebSocket('wss://socket.example').addEventListener('error', done)),
  )
  expect(strangers).toEqual(['tracker.example', 'socket.example'])
  world = undefined
  await expect(close()).rejects.toThrow('Asked for, but not in this world: tracker.example, socket.example')
})

test('fails a test whose page leaves https', async () => {
  const { newPage, strangers } = await open({})
  const { page } = await newPage()
  await page.goto('http://app.contoso.com/').catch(() => {})
  expect(strangers).toContain('a host over plain http')
  strangers.length = 0
})

test('fails a test whose site throws', async () => {
  const { newPage, failures } = await open({
    'app.contoso.com': () => {
      throw new Error('out of order')
    },
  })
  const { page } = await newPage()
  expect((await page.goto('https://app.contoso.com/'))?.status()).toBe(500)
  expect(failures.splice(0)).toEqual([new Error('out of order')])
})

test('carries Socket.IO over wss between origins, and keeps what pages send', async () => {
  const chat = createServer()
  const io = new SocketServer(chat, { cors: { origin: 'https://app.contoso.com' } })
  io.on('connection', (socket) => void socket.on('say', (text: string, answer: (text: string) => void) => answer(text)))
  const { newPage, requests, whereSent } = await open({
    'app.contoso.com': () => html('<h1>chat</h1>'),
    'chat.contoso.com': chat,
  })
  const { page } = await newPage()
  await page.goto('https://app.contoso.com/')
  await page.addScriptTag({ path: socketClient })
  for (const transport of ['websocket', 'polling']) expect(await say(page, transport)).toBe(`hello ${transport}`)
  expect(requests.some(({ url }) => url.startsWith('wss://chat.contoso.com/socket.io/'))).toBe(true)
  expect(whereSent('hello websocket')).toEqual([expect.stringMatching(/^message to wss:\/\/chat\.contoso\.com\//)])
  expect(whereSent('hello polling')).toEqual(['body of POST https://chat.contoso.com/socket.io/'])
  await io.close()
})

function say(page: Page, transport: string): Promise<unknown> {
  return page.evaluate((transport) => {
    type Io = (url: string, options: object) => { emitWithAck(name: string, text: string): Promise<unknown> }
    const { io } = globalThis as unknown as { io: Io }
    const socket = io('https://chat.contoso.com', { transports: [transport], forceNew: true })
    return socket.emitWithAck('say', `hello ${transport}`)
  }, transport)
}

test.each(['blocked', 'allowed'] as const)('third-party cookies can be %s', async (thirdPartyCookies) => {
  const { newPage } = await open({
    'teams.microsoft.com': () => html('<iframe src="https://app.contoso.com/"></iframe>'),
    'app.contoso.com': () => html('framed'),
  })
  const { page } = await newPage({ thirdPartyCookies })
  await page.goto('https://teams.microsoft.com/')
  const cookie = await page.frames()[1]?.evaluate(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API sets partitioned cookies only
    document.cookie = 'third=party; SameSite=None; Secure'
    return document.cookie
  })
  expect(cookie).toBe(thirdPartyCookies === 'allowed' ? 'third=party' : '')
})

test('is reached from Node by its own fetch', async () => {
  const { fetch } = await open({ 'login.contoso.com': async (request) => new Response(await request.text()) })
  const response = await fetch('https://login.contoso.com/keys', { method: 'POST', body: 'hello' })
  expect(await response.text()).toBe('hello')
  await expect(fetch('https://elsewhere.example/')).rejects.toThrow('no web-standard site elsewhere.example')
})

test('leaves nothing behind', async () => {
  const held = () => process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Process|Pipe/.test(name))
  const before = held()
  const chat = createServer()
  chat.on('upgrade', (_request, socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
  )
  const upgraded = once(chat, 'upgrade')
  const { newPage, close } = await open({ 'app.contoso.com': () => html(''), 'chat.contoso.com': chat })
  const { page } = await newPage({ thirdPartyCookies: 'allowed' })
  await page.goto('https://app.contoso.com/')
  await page.evaluate(() => void new WebSocket('wss://chat.contoso.com/'))
  await upgraded
  world = undefined
  await close()
  await vi.waitFor(() => expect(held().sort()).toEqual(before.sort()))
})
