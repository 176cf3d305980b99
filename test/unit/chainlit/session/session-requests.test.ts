import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { SessionAnswer } from '../../../../src/carriers/session/ask.js'
import type { ChainlitPage } from '../../../../src/chainlit/chainlit-page.js'
import { createChainlitRequests } from '../../../../src/chainlit/session/session-requests.js'
import { VERSION } from '../../../../src/chainlit/version.js'

const DAY_MS = 24 * 60 * 60_000
const page = { base: '/chat', urlOf: (path: string) => `https://chat.contoso.example/chat${path}` } as ChainlitPage
const { signal } = new AbortController()
const key = 'entra:t:adele'

/** Requests over a server that answers with `answers` in turn, the last one repeated. */
function setUp(...answers: Partial<SessionAnswer>[]) {
  const asked: { method: string; url: string; more: RequestInit | undefined }[] = []
  let clock = 1_000_000
  let sessions = 0
  const complaints: string[] = []
  const requests = createChainlitRequests({
    page,
    async ask(method, url, _signal, more) {
      asked.push({ method, url, more })
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      return { status: 200, headers: new Headers(), body: undefined, ...answer }
    },
    accountKey: () => key,
    onBegun: () => {
      sessions += 1
    },
    warn: (message) => complaints.push(message),
    now: () => clock,
  })
  return { requests, asked, complaints, sessions: () => sessions, pass: (ms: number) => (clock += ms) }
}

const livesFor = (ms: string) => ({ headers: new Headers({ 'X-Twodoor-Expires-In-Ms': ms }) })

describe('a session of Chainlit', () => {
  it('begins with the token in a header of /auth/header, below the root path', async () => {
    const { requests, asked, sessions } = setUp(livesFor('3600000'))
    expect(await requests.begin('T0KEN', signal)).toEqual({ key, expiresInMs: 3_600_000 })
    expect(asked).toEqual([
      {
        method: 'POST',
        url: 'https://chat.contoso.example/chat/auth/header',
        more: {
          headers: { Authorization: 'Bearer T0KEN', 'Content-Type': 'application/json', 'X-Twodoor-Version': VERSION },
          body: '{}',
        },
      },
    ])
    expect(sessions()).toBe(1)
  })

  it.each(['', 'x', '0', 'NaN'])('lives for 15 days where the server does not say for how long (%j)', async (text) => {
    const { requests } = setUp(livesFor(text))
    expect(await requests.begin('T0KEN', signal)).toMatchObject({ expiresInMs: 15 * DAY_MS })
  })

  it('is asked for at /user, with what is left of its life', async () => {
    const { requests, asked, pass } = setUp(livesFor('60000'), { body: { identifier: 'entra:t:bob' } })
    await requests.begin('T0KEN', signal)
    pass(20_000)
    expect(await requests.probe(signal)).toEqual({ key: 'entra:t:bob', expiresInMs: 40_000 })
    expect(asked[1]).toMatchObject({ method: 'GET', url: 'https://chat.contoso.example/chat/user' })
    pass(100_000)
    expect(await requests.probe(signal)).toMatchObject({ expiresInMs: 1 })
  })

  it.each([['adele@contoso.com'], [undefined], [null], [7], [{}]])(
    'is of whoever is signed in where the app names its users otherwise (%j)',
    async (identifier) => {
      const { requests } = setUp({ body: { identifier } })
      expect(await requests.probe(signal)).toMatchObject({ key })
    },
  )

  it('is none after a 401', async () => {
    const { requests, sessions } = setUp({ status: 401 })
    expect(await requests.begin('T0KEN', signal)).toMatchObject({ unauthorized: true })
    expect(await requests.probe(signal)).toMatchObject({ unauthorized: true })
    expect(sessions()).toBe(0)
  })

  it.each([
    [400, { detail: 'No header_auth_callback defined' }, 'config_invalid', /header_auth_callback/],
    [400, { detail: 'x' }, 'session_refused', /400/],
    [403, { detail: 'x' }, 'session_refused', /public_origin/],
    [404, undefined, 'session_refused', /404/],
    [429, undefined, 'throttled', /429/],
    [500, '<html>', 'unavailable', /500/],
    [503, null, 'unavailable', /503/],
  ])('is refused with a reason after a %i (%j)', async (status, body, code, words) => {
    const { requests } = setUp({ status, body })
    const error: { code: string; message: string; remedy: string } = await requests.begin('T0KEN', signal).then(
      () => Promise.reject(new Error('it was accepted')),
      (reason) => reason,
    )
    expect(error.code).toBe(code)
    expect(`${error.message} ${error.remedy}`).toMatch(words)
    expect(JSON.stringify(error) + error.message).not.toContain('T0KEN')
  })

  it('is ended by a logout, where there still is one', async () => {
    const { requests, asked } = setUp({ body: { identifier: key } })
    await requests.end()
    expect(asked.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'GET /chat/user',
      'POST /chat/logout',
    ])
    expect(asked[1]?.more).toMatchObject({ keepalive: true })
    const gone = setUp({ status: 401 })
    await gone.requests.end()
    expect(gone.asked).toHaveLength(1)
  })
})

describe('the versions of the page and of the server', () => {
  it('are that of the package', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(VERSION).toBe(version)
  })

  it.each([
    ['the same', { 'X-Twodoor-Version': VERSION }, 0],
    ['not told', {}, 0],
    ['another', { 'X-Twodoor-Version': '9.9.9' }, 1],
  ])(
    'are told at each new session where the server has another one (%s)',
    async (_, headers: Record<string, string>, count) => {
      const { requests, complaints } = setUp({ headers: new Headers(headers) })
      await requests.begin('T0KEN', signal)
      expect(complaints).toHaveLength(count)
      expect(complaints.join()).toMatch(count ? /version 0\.1\.0, its server 9\.9\.9/ : /^$/)
    },
  )
})

describe('the answer to a probe', () => {
  it('is there for the same question of Chainlit, once and for two seconds', async () => {
    const { requests, pass } = setUp({ body: { identifier: key, display_name: 'Adele' } })
    expect(requests.takeUser()).toBeUndefined()
    await requests.probe(signal)
    pass(2_000)
    const taken = requests.takeUser()
    expect(taken?.status).toBe(200)
    expect(await taken?.json()).toEqual({ identifier: key, display_name: 'Adele' })
    expect(requests.takeUser()).toBeUndefined()
    await requests.probe(signal)
    pass(2_001)
    expect(requests.takeUser()).toBeUndefined()
  })

  it('is gone when a later one says otherwise', async () => {
    const { requests } = setUp({ body: { identifier: key } }, { status: 401 })
    await requests.probe(signal)
    await requests.probe(signal)
    expect(requests.takeUser()).toBeUndefined()
  })
})
