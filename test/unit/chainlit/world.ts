// A page of Chainlit in happy-dom: its network, its XMLHttpRequest and its WebSocket are recorders, and who is signed in
// is for the test to say.

import { onTestFinished, vi } from 'vitest'
import type { AuthState } from '../../../src/account/state.js'
import type { AuthOptions } from '../../../src/options.js'
import { createTestAuth, type TestAuth } from '../../../src/testing/test-auth.js'
import { accessToken, tenantId } from '../jwt.js'

vi.mock(import('../../../src/auth.js'), async (original) => ({
  ...(await original()),
  createAuthWith: (options) => current.createAuth(options),
}))

import { type ChainlitDropIn, install } from '../../../src/chainlit/install.js'

export const origin = 'https://chat.contoso.example'
export const { account: adele } = accessToken()
export const token = 'T0KEN-of-Entra'
export const clientId = '11111111-2222-3333-4444-555555555555'
export const attributes = { clientId, tenant: tenantId, scope: `api://chat.contoso.example/${clientId}/access_as_user` }
export const inTeams = { options: '{"host":{"kind":"teams"}}' }
export const config: object = {
  headerAuth: true,
  requireLogin: true,
  passwordAuth: false,
  default_theme: 'light',
  oauthProviders: ['azure-ad'],
  ui: { login_page_image: null },
}
export const signedIn: AuthState = {
  host: { kind: 'teams', certain: true, reasons: ['a test says so'] },
  status: 'signed-in',
  account: adele,
}

/** What reached the browser, as it was given to it. */
export interface Sent {
  readonly by: 'fetch' | 'xhr' | 'websocket'
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: unknown
  /** Of `fetch`: what it was called with. */
  readonly given?: readonly unknown[]
}

export interface PageOptions {
  /** The root path of Chainlit. `null`: the page does not say so. */
  base?: string | null
  path?: string
  baseHref?: string
  attributes?: Record<string, string>
  script?: { async?: boolean }
  state?: AuthState
  /** Runs before the drop-in. */
  prepare?: () => void
}

/** What `/user` and others answer. */
export interface ChainlitServer {
  /** Whether the cookie of the page is good. */
  alive: boolean
  identifier: string
  config: () => Response
  /** Answers instead of Chainlit, if it answers. */
  instead: (sent: Sent) => Response | Promise<Response> | undefined
}

const natives = ['fetch', 'XMLHttpRequest', 'WebSocket', 'addEventListener', 'removeEventListener'] as const
let current: { createAuth(options: AuthOptions): TestAuth }

export function openPage(given: PageOptions = {}) {
  const { base = '', path = `${base}/`, baseHref, script = {}, state = signedIn } = given
  const sent: Sent[] = []
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
  const before = natives.map((name) => [name, Object.getOwnPropertyDescriptor(window, name)] as const)
  const { happyDOM } = window as unknown as { happyDOM: { setURL(url: string): void } }
  happyDOM.setURL(origin + path)
  const meta = base === null ? '' : `<meta property="og:root_path" content="${base}">`
  document.head.innerHTML = (baseHref ? `<base href="${baseHref}">` : '') + meta

  const server: ChainlitServer = {
    alive: false,
    identifier: adele.key,
    config: () => Response.json(config),
    instead: () => undefined,
  }
  async function answer(one: Sent): Promise<Response> {
    const path = one.url.startsWith(`${origin}${base}/`) ? one.url.slice(`${origin}${base}`.length) : undefined
    if (path === undefined) return new Response('elsewhere')
    if (path === '/auth/config') return server.config()
    if (path === '/auth/header') {
      server.alive = one.headers.get('authorization') === `Bearer ${token}`
      const headers = { 'X-Twodoor-Expires-In-Ms': '3600000' }
      return server.alive ? Response.json({ success: true }, { headers }) : new Response('', { status: 401 })
    }
    if (path === '/logout') server.alive = false
    else if (!server.alive) return Response.json({ detail: 'Not authenticated' }, { status: 401 })
    return path === '/user' ? Response.json({ identifier: server.identifier }) : Response.json({ at: path })
  }

  const nativeFetch = vi.fn(async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = input instanceof Request ? input : undefined
    const url = new URL(request?.url ?? String(input), document.baseURI).href
    const headers = new Headers(init?.headers ?? request?.headers)
    const method = (init?.method ?? request?.method ?? 'GET').toUpperCase()
    const one: Sent = { by: 'fetch', url, method, headers, body: init?.body, given: [input, init] }
    sent.push(one)
    init?.signal?.throwIfAborted()
    return (await server.instead(one)) ?? answer(one)
  })
  define('fetch', nativeFetch)
  define('XMLHttpRequest', recordingXhr(sent))
  define('WebSocket', recordingWebSocket(sent))
  given.prepare?.()

  const auths: TestAuth[] = []
  current = {
    createAuth(options) {
      const auth = createTestAuth(state, { token, scopes: options.scopes })
      auths.push(auth)
      return auth
    },
  }
  const unpatched = snapshot()
  const tag = { dataset: { ...(given.attributes ?? attributes) }, async: script.async === true }
  const dropIn: ChainlitDropIn = install(tag, window)

  onTestFinished(() => {
    dropIn.restore()
    for (const [name, descriptor] of before) if (descriptor) Object.defineProperty(window, name, descriptor)
    document.head.innerHTML = ''
    document.getElementById('twodoor')?.remove()
    window.localStorage.clear()
    window.sessionStorage.clear()
    complaints.mockRestore()
  })

  return {
    dropIn,
    sent,
    server,
    complaints,
    nativeFetch,
    auths,
    before: unpatched,
    get auth() {
      const [auth] = auths
      if (!auth) throw new Error('nobody has begun to sign in')
      return auth
    },
    /** The requests that went to a path below the root of Chainlit. */
    sentTo: (path: string) => sent.filter(({ url }) => url === `${origin}${base}${path}`),
  }
}

function define(name: (typeof natives)[number], value: unknown): void {
  Object.defineProperty(window, name, { value, writable: true, enumerable: true, configurable: true })
}

/** Everything that the drop-in may ever change, as it stands. */
export function snapshot(): Map<string, PropertyDescriptor | undefined> {
  const places: [object, string, string[]][] = [
    [window, 'window', [...natives, 'localStorage', 'sessionStorage', 'nestedAppAuthBridge']],
    [
      XMLHttpRequest.prototype,
      'XMLHttpRequest.prototype',
      ['open', 'send', 'abort', 'responseText', 'setRequestHeader'],
    ],
    [WebSocket.prototype, 'WebSocket.prototype', ['send', 'close', 'addEventListener', 'onmessage']],
    [document, 'document', ['addEventListener', 'cookie']],
    [history, 'history', ['pushState', 'replaceState']],
    [EventTarget.prototype, 'EventTarget.prototype', ['addEventListener', 'removeEventListener', 'dispatchEvent']],
  ]
  return new Map(
    places.flatMap(([target, label, names]) =>
      names.map((name) => [`${label}.${name}`, Object.getOwnPropertyDescriptor(target, name)] as const),
    ),
  )
}

function recordingXhr(sent: Sent[]) {
  return class extends EventTarget {
    readonly DONE = 4
    readyState = 0
    text = ''
    #url = ''
    #method = ''
    #headers = new Headers()
    open(method: string, url: string | URL) {
      this.#method = method
      this.#url = new URL(url, document.baseURI).href
      this.#headers = new Headers()
      this.readyState = 1
    }
    setRequestHeader(name: string, value: string) {
      this.#headers.append(name, value)
    }
    send(body?: unknown) {
      sent.push({ by: 'xhr', url: this.#url, method: this.#method, headers: this.#headers, body })
    }
    abort() {}
    get responseText() {
      return this.text
    }
  }
}

function recordingWebSocket(sent: Sent[]) {
  return class extends EventTarget {
    constructor(url: string | URL) {
      super()
      const { href } = new URL(url, document.baseURI)
      sent.push({ by: 'websocket', url: href, method: 'GET', headers: new Headers(), body: undefined })
    }
    send() {}
    close() {}
  }
}

/** Lets everything that needs no time come to its end. */
export async function settled(rounds = 30): Promise<void> {
  for (let i = 0; i < rounds; i += 1) await new Promise<void>((resolve) => setImmediate(resolve))
}
