import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ChainlitPage, readPage } from '../../src/chainlit/chainlit-page.js'
import { createHandshakes } from '../../src/chainlit/handshake.js'
import { patchFetch } from '../../src/chainlit/patches/fetch.js'
import { createPatches } from '../../src/chainlit/patches/patches.js'
import { patchWebSocket } from '../../src/chainlit/patches/websocket.js'
import { patchXhr } from '../../src/chainlit/patches/xhr.js'
import type { SessionGate } from '../../src/chainlit/session/session-gate.js'
import { addressesAround } from '../unit/chainlit/addresses.js'

// Where a call goes is for the browser to say, with its own parser and its own base: test/unit/chainlit/fuzz.test.ts has
// those of happy-dom. Nobody is signed in here, so whatever is for Chainlit waits.

const RUNS = 3_000
const seed = Date.now() % 2 ** 31
const { origin } = window.location
const { any, couldBeOwn, elsewhere, outsideOfChat } = addressesAround(origin)
const patches = createPatches()
const native = { fetch: window.fetch, send: XMLHttpRequest.prototype.send, WebSocket: window.WebSocket }
const base = document.createElement('base')
let sent: string[] = []

beforeAll(() => {
  const meta = document.createElement('meta')
  meta.setAttribute('property', 'og:root_path')
  meta.content = '/chat'
  document.head.append(meta)
  const page = readPage(window) as ChainlitPage
  meta.remove()
  XMLHttpRequest.prototype.send = () => void sent.push('xhr')
  window.WebSocket = class {
    constructor(address: string | URL) {
      sent.push(`websocket ${address}`)
    }
  } as unknown as typeof WebSocket
  const never = () => new Promise<void>(() => {})
  const gate = { whenOpen: never, ensureSession: never, signOut: never } as unknown as SessionGate
  const handshakes = createHandshakes(page, gate, Date.now)
  const fetch = async () => {
    sent.push('fetch')
    return new Response()
  }
  const changeLoginConfig = async () => 'no'
  patchFetch({ window, page, fetch, gate, changeLoginConfig, giveUp() {}, now: Date.now }, patches)
  patchXhr({ window, page, gate, handshakes }, patches)
  patchWebSocket(window, handshakes, patches)
})

afterAll(() => {
  patches.restore()
  XMLHttpRequest.prototype.send = native.send
  window.WebSocket = native.WebSocket
  base.remove()
  expect(window.fetch).toBe(native.fetch)
})

beforeEach(() => base.remove())

/** Where the browser would go, by a parser that nobody here has called. */
function whereTo(address: string): string {
  const link = document.createElement('a')
  link.setAttribute('href', address)
  return link.href
}

/** The ways to call it that a wait has kept from the browser. */
function heldBack(address: string): string[] {
  const ways: Record<string, () => unknown> = {
    text: () => window.fetch(address),
    POST: () => window.fetch(address, { method: 'POST', body: 'x' }),
    URL: () => window.fetch(new URL(address, document.baseURI)),
    Request: () => window.fetch(new Request(address)),
    XMLHttpRequest() {
      const xhr = new XMLHttpRequest()
      xhr.open('GET', address)
      xhr.send()
    },
    WebSocket: () => new WebSocket(address),
  }
  return Object.keys(ways).filter((way) => {
    sent = []
    try {
      void ways[way]?.()
    } catch {
      return false // nobody can call that
    }
    return sent.length === 0
  })
}

describe.each(['', 'https://evil.example/chat/', `${origin}/other/`])('with the base %j', (href) => {
  beforeEach(() => {
    base.href = href
    if (href) document.head.append(base)
  })

  it(`nothing waits that is for somebody else (FUZZ_SEED=${seed})`, () => {
    let held = 0
    const property = fc.property(any, (address) => {
      const ways = heldBack(address)
      held += ways.length
      if (ways.length > 0) expect([address, couldBeOwn(whereTo(address), '/chat')]).toEqual([address, true])
    })
    fc.assert(property, { numRuns: RUNS, seed })
    expect(held).toBeGreaterThan(RUNS / 20)
  })

  it.each([...elsewhere, ...outsideOfChat])('%j does not wait', (address) => {
    expect(heldBack(address)).toEqual([])
  })
})

it('what is for Chainlit does', () => {
  expect(heldBack('/chat/user')).toEqual(['text', 'POST', 'URL', 'Request'])
  expect(heldBack(`${origin}/chat/project/file/1`)).toEqual(['text', 'POST', 'URL', 'Request', 'XMLHttpRequest'])
  expect(heldBack('/chat/ws/socket.io/?EIO=4')).toEqual([
    ...['text', 'POST', 'URL', 'Request', 'XMLHttpRequest', 'WebSocket'],
  ])
  expect(heldBack(`${origin.replace('http', 'ws')}/chat/ws/socket.io/?EIO=4`)).toEqual(['WebSocket'])
})
