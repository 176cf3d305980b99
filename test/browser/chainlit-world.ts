// A page that has the drop-in's patches of XMLHttpRequest and WebSocket, and whose Chainlit is a server on loopback.

import { inject, vi } from 'vitest'
import { type ChainlitPage, readPage } from '../../src/chainlit/chainlit-page.js'
import { createHandshakes } from '../../src/chainlit/handshake.js'
import { createPatches } from '../../src/chainlit/patches/patches.js'
import { patchWebSocket } from '../../src/chainlit/patches/websocket.js'
import { patchXhr } from '../../src/chainlit/patches/xhr.js'
import type { AuthError } from '../../src/shared/errors.js'
import type { Arrival } from './chainlit-server.js'

export const natives = {
  fetch: window.fetch.bind(window),
  WebSocket: window.WebSocket,
  xhr: Object.getOwnPropertyDescriptors(XMLHttpRequest.prototype),
}

/** What a test decides. Replaced for each, because socket.io-client keeps the WebSocket that it finds first. */
let current = {
  page: undefined as ChainlitPage | undefined,
  ensureSession: vi.fn(async (_mustAsk?: boolean) => {}),
  closeForGood: vi.fn((_error: AuthError) => {}),
  now: () => Date.now(),
}
const gate = {
  ensureSession: (mustAsk?: boolean) => current.ensureSession(mustAsk),
  closeForGood: (error: AuthError) => current.closeForGood(error),
}

export const patches = createPatches()

/** Changes this page, once. */
export function patchPage(): void {
  const page: ChainlitPage = {
    base: '',
    isFramed: false,
    urlOf: (path) => current.page?.urlOf(path) ?? path,
    pathOf: (input) => current.page?.pathOf(input),
  }
  let handshakes = createHandshakes(page, gate, () => current.now())
  renew = () => {
    handshakes = createHandshakes(page, gate, () => current.now())
  }
  const following = {
    purposeOf: (address: string) => handshakes.purposeOf(address),
    whenReady: () => handshakes.whenReady(),
    recoverFromRefusal: (packet: string, then: () => void) => handshakes.recoverFromRefusal(packet, then),
    onUnknownConnection: (address: string) => handshakes.onUnknownConnection(address),
  }
  patchXhr({ window, page, gate, handshakes: following }, patches)
  patchWebSocket(window, following, patches)
}

let renew = () => {}

function pageAt(origin: string): ChainlitPage | undefined {
  const document = { querySelector: () => ({ getAttribute: () => '' }), baseURI: window.document.baseURI }
  return readPage({ document, location: new URL(origin) } as unknown as Window)
}

/** Starts a server, and makes it the Chainlit of this page. */
export async function openChainlit() {
  const opened = await natives.fetch(`${inject('chainlitServers')}/open`, { method: 'POST' })
  const { url } = (await opened.json()) as { url: string }
  let clock = 1_000_000
  current = { page: pageAt(url), ensureSession: vi.fn(async () => {}), closeForGood: vi.fn(), now: () => clock }
  renew()
  const ask = async (path: string, body?: unknown) => {
    const response = await natives.fetch(`${url}/test/${path}`, { method: 'POST', body: JSON.stringify(body ?? null) })
    return response.json() as Promise<unknown>
  }
  return {
    url,
    webSocketUrl: url.replace('http', 'ws'),
    /** Takes another origin for Chainlit's. */
    at(origin: string) {
      current.page = pageAt(origin)
    },
    /** What the handshakes wait for. */
    get ensureSession() {
      return current.ensureSession
    },
    /** Whom nobody lets through any more. */
    get closeForGood() {
      return current.closeForGood
    },
    /** Lets them wait until that is called. */
    hold() {
      const held = deferred()
      current.ensureSession.mockImplementation(() => held.promise)
      return held.resolve
    },
    pass: (ms: number) => {
      clock += ms
    },
    deny: (...messages: string[]) => ask('refuse', messages),
    /** Forgets so many of the next connections as soon as they are made. */
    forget: (connections: number) => ask('forget', connections),
    /** Forgets those that there are. */
    forgetAll: () => ask('forget-all'),
    drop: () => ask('drop'),
    log: async () => (await ask('log')) as Arrival[],
  }
}

export type Chainlit = Awaited<ReturnType<typeof openChainlit>>

export function deferred() {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
