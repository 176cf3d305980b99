import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type UnauthorizedAnswer, warn, warningFor } from '../../../../src/carriers/fetch/warnings.js'
import type { AuthEvent } from '../../../../src/events.js'
import { parseResource } from '../../../../src/shared/resources.js'
import { toUrl } from '../../../../src/shared/url.js'

const own: UnauthorizedAnswer = { origin: 'https://app.example', isProtected: true, isOwn: true, challenge: null }
const api = { ...own, origin: 'https://api.example', isOwn: false }
const listed = expect.stringContaining('If it is an API of yours, list it in `protectedResources`.')
const exposed = expect.stringContaining('Access-Control-Expose-Headers: WWW-Authenticate')

describe('what a 401 makes a developer change', () => {
  it.each<[string, UnauthorizedAnswer, unknown]>([
    ['our own origin, and all is readable', own, undefined],
    ['our own origin asks for a token, which it got', { ...own, challenge: 'Bearer' }, undefined],
    [
      'our own origin, not listed, asks for a token',
      { ...own, isProtected: false, challenge: 'Bearer realm=""' },
      listed,
    ],
    ['our own origin, not listed, asks for a password', { ...own, isProtected: false, challenge: 'Basic' }, undefined],
    ['our own origin, not listed, asks for nothing', { ...own, isProtected: false }, undefined],
    ['an API that hides its challenge', api, exposed],
    ['an API that shows it', { ...api, challenge: 'Bearer error="invalid_token"' }, undefined],
    ['another API, not listed, that shows it', { ...api, isProtected: false, challenge: 'bearer' }, listed],
    ['another API, not listed, that hides it', { ...api, isProtected: false }, listed],
    [
      'another API, not listed, with a password',
      { ...api, isProtected: false, challenge: 'Basic realm="x"' },
      undefined,
    ],
  ])('%s', (_, refused, words) => {
    expect(warningFor(refused)).toEqual(words)
  })
})

describe('a warning', () => {
  const console_ = vi.spyOn(console, 'warn')
  beforeEach(() => {
    console_.mockImplementation(() => {})
  })
  afterEach(() => {
    console_.mockReset()
  })

  function setUp() {
    const events: AuthEvent[] = []
    const resources = [parseResource('https://api.example/', 'https://app.example')]
    const window = { location: new URL('https://app.example/') } as unknown as Window
    const emit = (event: AuthEvent) => void events.push(event)
    const hear = (url: string, headers?: HeadersInit) =>
      warn({ toUrl, resources, window, emit }, answerOf(url, headers))
    return { events, hear }
  }

  function answerOf(url: string, headers: HeadersInit = {}): Response {
    return Object.defineProperty(new Response('', { status: 401, headers }), 'url', { value: url })
  }

  it('comes once for each origin, in the console and as an event, and names the origin alone', () => {
    const { events, hear } = setUp()
    for (const path of ['a?secret=1', 'b', 'c']) hear(`https://api.example/${path}`)
    hear('https://other.example/?secret=2')
    expect(console_.mock.calls.map(([text]) => text)).toEqual(
      events.map((event) => `twodoor: ${'message' in event && event.message}`),
    )
    expect(events).toEqual([
      { type: 'warning', message: exposed },
      { type: 'warning', message: listed },
    ])
    expect(JSON.stringify(events)).not.toContain('secret')
  })

  it('comes for the own origin only where that asks for a token', () => {
    const { events, hear } = setUp()
    hear('https://app.example/')
    expect(events).toEqual([])
    hear('https://app.example/', { 'www-authenticate': 'Bearer' })
    expect(events).toHaveLength(1)
  })

  it('comes again for another Auth', () => {
    setUp().hear('https://api.example/')
    setUp().hear('https://api.example/')
    expect(console_).toHaveBeenCalledTimes(2)
  })

  it('does not come for an answer that names no address', () => {
    const { events, hear } = setUp()
    hear('')
    expect(events).toEqual([])
  })
})
