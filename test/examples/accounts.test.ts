// @vitest-environment happy-dom
// The pages of the examples while accounts come and go. Each runs as it is, with the `createTestAuth` of the package for its
// auth.ts. What they call answers when the test lets it.

import { type EventEmitter, once } from 'node:events'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Account } from '../../src/index.js'
import { createEntraEmulator, type TestAuth } from '../../src/testing/index.js'
import { createHubServer } from './hub.js'
import { EXAMPLES } from './run.js'

declare global {
  interface Window {
    happyDOM: { setURL(url: string): void }
  }
}

/** As an app has it: built, and found beside the examples. */
const { createTestAuth, testAccount }: typeof import('../../src/testing/index.js') = await import(
  join(EXAMPLES, 'twodoor/dist/testing/index.js')
)
const adele: Account = { ...testAccount, key: 'entra:contoso:adele' }
const alex: Account = { ...testAccount, key: 'entra:contoso:alex' }

const TRY_AGAIN_LATER = 1013

let auth: TestAuth
beforeEach(() => {
  document.body.innerHTML = '<div id="root"></div>'
  begin()
})
afterEach(() => {
  auth.dispose()
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** @param token default: an unsigned one */
function begin(token?: string): void {
  auth = createTestAuth('starting', { token })
}

/** Runs a module of an example, with `auth` for the one of its auth.ts. */
function open(example: string, path: string): Promise<Record<string, unknown>> {
  vi.resetModules()
  vi.doMock(join(EXAMPLES, example, 'src/auth.ts'), () => ({ auth }))
  return import(join(EXAMPLES, example, 'src', path))
}

/** The sign-in ends and begins again, without a reload: a pop-up, or Teams. */
function signInAfterExpiry(account: Account): void {
  auth.set({ status: 'signed-out', reason: 'expired', account })
  auth.set({ status: 'signed-in', account })
}

const shown = () => document.querySelector('output')?.textContent
/** Of the event loop. */
const turn = () => new Promise((done) => setImmediate(done))

describe('an answer for the account before', () => {
  /** Each says who is signed in, in the words of all of the APIs. */
  const answers: ((who: string) => void)[] = []
  const answerLater = () =>
    new Promise<Response>((resolve) => {
      answers.push((who) => resolve(Response.json({ key: who, displayName: who, data: { me: who } })))
    })

  it.each([
    ['axios', 'main.ts'],
    ['ky', 'main.ts'],
    ['graph', 'main.ts'],
    ['apollo', 'main.ts'],
    ['cypress', 'main.ts'],
    ['playwright', 'main.ts'],
    ['vue', 'main.ts'],
    ['react-vite', 'main.tsx'],
    ['tanstack-query', 'main.tsx'],
  ])('is never shown by %s', async (example, path) => {
    answers.length = 0
    vi.stubGlobal('fetch', answerLater)
    await open(example, path)
    auth.set({ status: 'signed-in', account: adele })
    await expect.poll(() => answers.length).toBeGreaterThan(0)
    const late = answers.splice(0)
    auth.switchAccount(alex)
    await expect.poll(() => answers.length).toBeGreaterThan(0)
    for (const answer of late) answer('Adele')
    for (let turns = 0; turns < 20; turns += 1) await turn()
    expect(shown()).toBe('')
    for (const answer of answers) answer('Alex')
    await expect.poll(shown).toBe('Alex')
  })
})

describe('sse', () => {
  interface Stream {
    readonly signal: AbortSignal
    send(...messages: string[]): void
    end(): void
  }
  const streams: Stream[] = []
  const isOpen = ({ signal }: Stream) => !signal.aborted
  const asMessage = (text: string) => `data: ${text}\n\n`

  async function openStream(_: unknown, { signal }: { signal: AbortSignal }): Promise<Response> {
    const body = new TransformStream<Uint8Array, Uint8Array>()
    const writer = body.writable.getWriter()
    const ignore = () => {}
    streams.push({
      signal,
      send: (...messages) =>
        void writer.write(new TextEncoder().encode(messages.map(asMessage).join(''))).catch(ignore),
      end: () => void writer.close().catch(ignore),
    })
    signal.addEventListener('abort', () => void writer.abort(signal.reason).catch(ignore))
    return new Response(body.readable, { headers: { 'content-type': 'text/event-stream' } })
  }

  beforeEach(() => {
    streams.length = 0
    vi.stubGlobal('fetch', openStream)
  })

  const become = (visibility: string) => {
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(visibility === 'hidden')
    document.dispatchEvent(new Event('visibilitychange'))
  }

  it('has one stream after a pause in which its tab was hidden and shown, and none after a sign-out', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await open('sse', 'main.ts')
    auth.set({ status: 'signed-in', account: adele })
    await expect.poll(() => streams).toHaveLength(1)
    streams[0]?.end()
    await expect.poll(() => vi.getTimerCount()).toBe(1) // the pause
    become('hidden')
    become('shown')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(streams.slice(1).filter(isOpen)).toHaveLength(1)
    auth.signOutElsewhere()
    expect(streams.slice(1).filter(isOpen)).toEqual([])
  })

  it('hears nothing more once the account is gone', async () => {
    const { listen } = await open('sse', 'listen.ts')
    auth.set({ status: 'signed-in', account: adele })
    const heard: string[] = []
    const ended = (listen as (url: string, hear: (message: { data: string }) => void) => Promise<void>)(
      '/events',
      ({ data }) => {
        heard.push(data)
        auth.signOutElsewhere()
      },
    )
    await expect.poll(() => streams).toHaveLength(1)
    streams[0]?.send('1', '2')
    await ended
    expect(heard).toEqual(['1'])
  })

  it('has one stream after an expired sign-in and a new one', async () => {
    await open('sse', 'main.ts')
    auth.set({ status: 'signed-in', account: adele })
    await expect.poll(() => streams).toHaveLength(1)
    signInAfterExpiry(adele)
    await expect.poll(() => streams).toHaveLength(2)
    expect(streams.map(isOpen)).toEqual([false, true])
  })
})

describe('websocket', () => {
  interface Live extends EventEmitter {
    readonly clients: Set<{ close(code: number): void }>
    address(): AddressInfo
    close(): void
  }
  const { WebSocket, WebSocketServer } = createRequire(join(EXAMPLES, 'websocket/'))('ws') as {
    WebSocket: typeof globalThis.WebSocket
    WebSocketServer: new (options: { port: number }) => Live
  }
  let server: Live
  let opened: number
  beforeEach(async () => {
    server = new WebSocketServer({ port: 0 })
    await once(server, 'listening')
    opened = 0
    server.on('connection', () => {
      opened += 1
    })
    vi.stubGlobal('WebSocket', WebSocket)
    window.happyDOM.setURL(`http://localhost:${server.address().port}/`)
    await open('websocket', 'main.ts')
    auth.set({ status: 'signed-in', account: adele })
    await expect.poll(() => opened).toBe(1)
  })
  afterEach(() => {
    auth.set('signed-out')
    server.close()
  })

  it('has one connection after an expired sign-in and a new one', async () => {
    signInAfterExpiry(adele)
    await expect.poll(() => [opened, server.clients.size]).toEqual([2, 1])
  })

  it('comes back as often as the server asks for it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    for (const times of [2, 3, 4]) {
      for (const client of server.clients) client.close(TRY_AGAIN_LATER)
      await expect.poll(() => vi.advanceTimersToNextTimer() && opened).toBe(times)
    }
  })
})

describe('signalr', () => {
  it('has one connection after an expired sign-in and a new one', async () => {
    // SignalR has other transports in Node.js.
    vi.stubGlobal('process', Object.create(process, { release: { value: {} } }))
    const entra = await createEntraEmulator()
    const server: Server = createHubServer(entra)
    const asked: string[] = []
    server.on('request', ({ method, url }) => asked.push(`${method} ${url?.split('?')[0]}`))
    const times = (request: string) => asked.filter((each) => each === request).length
    await once(server.listen(0, 'localhost'), 'listening')
    try {
      window.happyDOM.setURL(`http://localhost:${(server.address() as AddressInfo).port}/`)
      begin(await entra.mint(testAccount.username ?? ''))
      await open('signalr', 'main.ts')
      auth.set('signed-in')
      await expect.poll(shown).toBe(testAccount.key)
      signInAfterExpiry(testAccount)
      await expect.poll(shown).toBe(testAccount.key)
      await expect.poll(() => [times('POST /hub/negotiate'), times('DELETE /hub')]).toEqual([2, 1])
      auth.signOutElsewhere()
      await expect.poll(() => times('DELETE /hub')).toBe(2)
    } finally {
      server.close()
      server.closeAllConnections()
      entra.dispose()
    }
  })
})
