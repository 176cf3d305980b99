// The one promise that must hold for every address a page can think of: the token goes to /auth/header of this Chainlit
// and nowhere else, and what is not for this Chainlit is not touched.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressesAround } from './addresses.js'
import {
  attributes,
  inTeams,
  openPage,
  origin,
  type PageOptions,
  type Sent,
  settled,
  signedIn,
  token,
} from './world.js'

const RUNS = 1_500
const { any, couldBeOwn, elsewhere, outsideOfChat } = addressesAround(origin)
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)

/** How a page can make a call. */
type Way = 'text' | 'URL' | 'Request' | 'POST' | 'XMLHttpRequest' | 'WebSocket'
const ways: Way[] = ['text', 'text', 'URL', 'Request', 'POST', 'XMLHttpRequest', 'WebSocket']

interface Call {
  readonly address: string
  readonly way: Way
  /** An `Authorization` of the caller's own, and where it stands. */
  readonly own: 'none' | 'object' | 'list' | 'Headers' | 'Request'
  /** Whether the cookie has died meanwhile. */
  readonly dies: boolean
}

const anyCall: fc.Arbitrary<Call> = fc.record({
  address: any,
  way: fc.constantFrom(...ways),
  own: fc.constantFrom('none', 'none', 'none', 'none', 'object', 'list', 'Headers', 'Request'),
  dies: fc.boolean(),
})

const OWN = 'Basic b3duOm93bg=='

/** Makes the call, and says what the browser was to get if nobody were in between. */
function make({ address, way, own }: Call): { given?: readonly unknown[] | undefined; done: Promise<unknown> } {
  if (way === 'WebSocket') return { done: quietly(() => void new WebSocket(address)) }
  if (way === 'XMLHttpRequest') return { done: quietly(() => sendXhr(address)) }
  const given = argumentsOf(address, way, own)
  return { given, done: quietly(() => given && fetch(...given)) }
}

function argumentsOf(address: string, way: Way, own: Call['own']): Parameters<typeof fetch> | undefined {
  const headers = { Authorization: OWN }
  const init: RequestInit = { ...(way === 'POST' && { method: 'POST', body: 'x' }) }
  if (own === 'object') init.headers = headers
  if (own === 'list') init.headers = Object.entries(headers)
  if (own === 'Headers') init.headers = new Headers(headers)
  const url = new URL(address, document.baseURI)
  if (way === 'Request' && (url.username || url.password)) return undefined // no Request is made of that
  if (way === 'Request') return [new Request(url.href, own === 'Request' ? { headers } : {}), init]
  return [way === 'URL' ? url : address, init]
}

function sendXhr(address: string): void {
  const xhr = new XMLHttpRequest()
  xhr.open('GET', address)
  xhr.send()
}

/** Some addresses nobody can call. */
async function quietly(call: () => unknown): Promise<void> {
  try {
    await call()
  } catch {}
}

const isTokenIn = ({ url, headers, body }: Sent) => JSON.stringify([url, [...headers], body ?? null]).includes(token)

function expectTokenInItsPlace(sent: readonly Sent[], base: string): number {
  const withToken = sent.filter(isTokenIn)
  for (const one of withToken) {
    expect(one).toMatchObject({ by: 'fetch', method: 'POST', url: `${origin}${base}/auth/header` })
    expect(one.given?.[1]).toMatchObject({ redirect: 'error', cache: 'no-store' })
    expect([...one.headers].filter(([, value]) => value.includes(token)).map(([name]) => name.toLowerCase())).toEqual([
      'authorization',
    ])
  }
  for (const { headers } of sent) expect(['', OWN, `Bearer ${token}`]).toContain(headers.get('authorization') ?? '')
  return withToken.length
}

const CONTEXT_PATHS = ['/auth/header', '/logout', '/set-session-cookie', '/user']

/**
 * What may be added to a call of this Chainlit: the context, where the server sets a cookie or is asked for one. The
 * exchange of the token also has the version.
 */
function expectNothingAdded({ headers, url }: Sent, base: string): void {
  const isExchange = url === `${origin}${base}/auth/header`
  const names = [...headers.keys()]
    .map((name) => name.toLowerCase())
    .filter((name) => !['authorization', 'content-type', ...(isExchange ? ['x-twodoor-version'] : [])].includes(name))
  if (names.length === 0) return
  expect(names).toEqual(['x-twodoor-context'])
  expect(CONTEXT_PATHS.map((path) => origin + base + path)).toContain(url.replace(/[?#].*/, ''))
}

const doors: [string, PageOptions][] = [
  ['at the root', { base: '' }],
  ['below /chat', { base: '/chat' }],
  ['below /chat, with a base of another origin', { base: '/chat', baseHref: 'https://evil.example/chat/' }],
]

describe(`any address (FUZZ_SEED=${seed})`, () => {
  console.info(`fuzz of the Chainlit drop-in: FUZZ_SEED=${seed}`)

  it.each(doors)('%s never gets the token, nor a change if it is for somebody else', async (_, options) => {
    const { base } = options as { base: string }
    const { sent, server } = openPage({ ...options, attributes: { ...attributes, ...inTeams } })
    await settled()
    let touched = 0
    let tokens = 0
    const property = fc.asyncProperty(
      anyCall.filter((call) => URL.canParse(call.address, document.baseURI) && !isLogout(call, base)),
      async (call) => {
        sent.length = 0
        if (call.dies) server.alive = false
        const { href } = new URL(call.address, document.baseURI)
        const { given, done } = make(call)
        const atOnce = sent[0]
        await done
        await settled(server.alive ? 2 : 12)
        tokens += expectTokenInItsPlace(sent, base)
        for (const one of sent) expectNothingAdded(one, base)
        const isUntouched = atOnce !== undefined && sent.length === 1 && isAsGiven(atOnce, given)
        if (!isUntouched) touched += 1
        if (!couldBeOwn(href, base) || isOwnHeader(call)) expect(isUntouched || isImpossible(call, sent)).toBe(true)
      },
    )
    await fc.assert(property, { numRuns: RUNS, seed })
    expect(touched).toBeGreaterThan(RUNS / 100)
    expect(tokens).toBeGreaterThan(RUNS / 300)
  })

  it.each(doors)('%s is not delayed while somebody signs in, unless it is for this Chainlit', async (_, options) => {
    const { base } = options as { base: string }
    const { sent, auth } = openPage({
      ...options,
      attributes: { ...attributes, ...inTeams },
      state: { host: signedIn.host, status: 'starting' },
    })
    await settled()
    let delayed = 0
    const property = fc.asyncProperty(
      anyCall.filter((call) => URL.canParse(call.address, document.baseURI) && !isLogout(call, base)),
      async (call) => {
        sent.length = 0
        const { href } = new URL(call.address, document.baseURI)
        const { given } = make(call)
        const [atOnce] = sent
        if (!atOnce) delayed += 1
        const isUntouched = atOnce !== undefined && isAsGiven(atOnce, given)
        if (!couldBeOwn(href, base) || isOwnHeader(call)) expect(isUntouched || isImpossible(call, sent)).toBe(true)
        expect(sent.filter(isTokenIn)).toEqual([])
      },
    )
    await fc.assert(property, { numRuns: RUNS, seed })
    expect(delayed).toBeGreaterThan(RUNS / 100)
    expect(auth.calls.getToken).toEqual([])
  })
})

/** Chainlit's own, after which the page is left: what it calls then waits for the next one. */
function isLogout({ address, way }: Call, base: string): boolean {
  const { origin: place, pathname } = new URL(address, document.baseURI)
  return way === 'POST' && place === origin && pathname === `${base}/logout`
}

function isOwnHeader({ own, way }: Call): boolean {
  if (way === 'XMLHttpRequest' || way === 'WebSocket') return false
  return own === 'Request' ? way === 'Request' : own !== 'none'
}

function isAsGiven({ given }: Sent, expected: readonly unknown[] | undefined): boolean {
  return expected === undefined || (given?.length === 2 && given[0] === expected[0] && given[1] === expected[1])
}

function isImpossible({ way }: Call, sent: readonly Sent[]): boolean {
  return way === 'Request' && sent.length === 0
}

describe('an address by hand', () => {
  const requests = (address: string): Call[] => ways.map((way) => ({ address, way, own: 'none', dies: false }))

  it.each(elsewhere)('%j is nobody of ours', async (address) => {
    const { sent } = openPage({ base: '', attributes: { ...attributes, ...inTeams } })
    await settled()
    for (const call of requests(address)) {
      if (!URL.canParse(address, document.baseURI)) continue
      const { href } = new URL(address, document.baseURI)
      if (couldBeOwn(href, '')) throw new Error(`${address} is of this origin`)
      sent.length = 0
      const { given, done } = make(call)
      const [atOnce] = sent
      await done
      if (call.way === 'Request' && !atOnce) continue
      expect(sent).toHaveLength(1)
      expect(atOnce && isAsGiven(atOnce, given)).toBe(true)
    }
  })

  it.each(outsideOfChat)('%j is none of a Chainlit below /chat', async (address) => {
    const { sent, server } = openPage({ base: '/chat', attributes: { ...attributes, ...inTeams } })
    await settled()
    server.alive = false
    for (const call of requests(address)) {
      sent.length = 0
      const { given, done } = make(call)
      await done
      await settled()
      expect(sent).toHaveLength(1)
      expect(sent[0] && isAsGiven(sent[0], given)).toBe(true)
    }
  })

  it('is resolved against the base of the document, as the browser does', async () => {
    const { sent, sentTo } = openPage({
      base: '/chat',
      baseHref: 'https://evil.example/',
      attributes: { ...attributes, ...inTeams },
    })
    await settled()
    expect(sentTo('/auth/header')).toHaveLength(1)
    sent.length = 0
    await fetch('/chat/auth/header', { method: 'POST', body: '{}' })
    await fetch('user')
    expect(sent.map(({ url, headers }) => [url, [...headers]])).toEqual([
      ['https://evil.example/chat/auth/header', []],
      ['https://evil.example/user', []],
    ])
  })
})
