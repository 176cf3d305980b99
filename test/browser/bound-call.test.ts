// What a browser itself makes of a call that changes while it waits for its token.

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Account } from '../../src/shared/claims.js'
import { createTestAuth } from '../../src/testing/test-auth.js'

const account: Account = { key: 'entra:t:o', tenantId: 't', objectId: 'o' }
const href = location.href

/** A page that begins to sign in, with what it sends in reach. */
function setUp(status = 401) {
  const sent: (Pick<Request, 'url' | 'headers' | 'referrer' | 'referrerPolicy'> & {
    body: string
    token: string | null
  })[] = []
  const native: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const { url, headers, referrer, referrerPolicy } = request
    sent.push({
      url,
      headers,
      referrer,
      referrerPolicy,
      token: headers.get('authorization'),
      body: await request.text(),
    })
    return new Response('', { status: sent.length === 1 ? status : 200 })
  }
  const auth = createTestAuth({ status: 'starting' }, { fetch: native, protectedResources: ['/api'] })
  return { auth, sent, signIn: () => auth.set({ status: 'signed-in', account }) }
}

afterEach(() => {
  for (const base of document.querySelectorAll('base')) base.remove()
  history.replaceState(null, '', href)
})

describe('a call that waits for its token', () => {
  const api = `${location.origin}/api/me`

  it.each<[string, () => void]>([
    [
      'an injected <base>',
      () => {
        document.head.appendChild(document.createElement('base')).href = 'https://evil.example/'
      },
    ],
    ['pushState()', () => history.pushState(null, '', '/deep/elsewhere/')],
  ])('goes where it led before %s', async (_what, change) => {
    const { auth, sent, signIn } = setUp()
    history.replaceState(null, '', '/chat/')
    const calls = ['/api/me', '../api/me', new URL(api), new Request('/api/me')].map((input) => auth.fetch(input))
    change()
    signIn()
    await Promise.all(calls)
    expect(new Set(sent.map(({ url }) => url))).toEqual(new Set([api]))
    expect(sent.every(({ token }) => token?.startsWith('Bearer '))).toBe(true)
  })

  it('sends a form as it was, and again in the replay', async () => {
    const { auth, sent, signIn } = setUp()
    const form = new FormData()
    form.set('q', 'first')
    const call = auth.fetch(api, { method: 'POST', body: form })
    form.set('q', 'second')
    signIn()
    expect((await call).status).toBe(200)
    expect(sent).toHaveLength(2)
    for (const { body, headers } of sent) {
      const boundary = /boundary=(.*)/.exec(headers.get('content-type') ?? '')?.[1]
      expect(body).toContain('first')
      expect(body).not.toContain('second')
      expect(body).toContain(boundary)
    }
  })

  it('says no more of where it comes from than it was told to', async () => {
    const { auth, sent, signIn } = setUp(200)
    const told = { referrerPolicy: 'no-referrer', referrer: '' } as const
    const calls = [
      auth.fetch(api, told),
      auth.fetch(api, { method: 'POST', body: new FormData(), ...told }),
      auth.fetch(new Request(api, told)),
      auth.fetch(new Request(api), told),
    ]
    signIn()
    await Promise.all(calls)
    expect(sent.map(({ referrer, referrerPolicy }) => ({ referrer, referrerPolicy }))).toEqual(calls.map(() => told))
  })

  it('sends bytes as they were', async () => {
    const { auth, sent, signIn } = setUp()
    const bytes = new TextEncoder().encode('first')
    const call = auth.fetch(api, { method: 'POST', body: bytes })
    bytes.fill(65)
    signIn()
    await call
    expect(sent.map(({ body }) => body)).toEqual(['first', 'first'])
  })

  it('leaves a Request usable as fetch does, and sends its body twice', async () => {
    const { auth, sent, signIn } = setUp()
    const request = new Request(api, { method: 'POST', body: 'first' })
    const call = auth.fetch(request)
    expect(request.bodyUsed).toBe(true)
    signIn()
    await call
    expect(sent.map(({ body }) => body)).toEqual(['first', 'first'])
  })

  it('sends a stream once', async () => {
    const { auth, sent, signIn } = setUp()
    const body = new Blob(['streamed']).stream()
    const call = auth.fetch(api, { method: 'POST', body, duplex: 'half' } as RequestInit)
    signIn()
    expect((await call).status).toBe(401)
    expect(sent.map(({ body }) => body)).toEqual(['streamed'])
  })

  it('takes a Request for its options, as fetch does', async () => {
    const { auth, sent, signIn } = setUp(200)
    const call = auth.fetch(api, new Request('https://other.example/', { method: 'PUT', headers: { 'x-mine': '1' } }))
    signIn()
    await call
    expect(sent[0]?.url).toBe(api)
    expect(sent[0]?.headers.get('x-mine')).toBe('1')
  })

  it.each<[string, RequestInit]>([
    ['a header', { headers: { 'not a name': '1' } }],
    ['a GET with a body', { body: new Uint8Array(1) }],
    ['a stream without duplex', { method: 'POST', body: new ReadableStream() }],
  ])('rejects with the TypeError of fetch: %s', async (_what, init) => {
    const { auth, signIn } = setUp()
    const thrown = vi.fn()
    const call = auth.fetch(api, init).catch(thrown)
    signIn()
    await call
    expect(thrown.mock.calls[0]?.[0]).toBeInstanceOf(TypeError)
  })
})
