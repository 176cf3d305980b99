import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { readPage } from '../../../../src/chainlit/chainlit-page.js'
import { patchFetch } from '../../../../src/chainlit/patches/fetch.js'
import { createPatches } from '../../../../src/chainlit/patches/patches.js'
import type { SessionGate } from '../../../../src/chainlit/session/session-gate.js'

const origin = 'https://chat.contoso.example'
const config = { headerAuth: true, requireLogin: true, oauthProviders: ['azure-ad'], default_theme: 'light', ui: {} }

interface Sent {
  readonly url: string
  readonly method: string
  readonly context: string | null
  readonly body: string
  readonly input: RequestInfo | URL
  readonly init: RequestInit | undefined
}

function deferred() {
  let resolve = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<void>((settle, fail) => {
    resolve = settle
    reject = fail
  })
  return { promise, resolve, reject }
}

const settled = async () => {
  for (let i = 0; i < 20; i += 1) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** The patched fetch over a network that answers with `answers` in turn, the last one repeated. */
function setUp(answers: ((sent: Sent) => Response)[] = [() => Response.json({})], { door = 'token' } = {}) {
  const { happyDOM } = window as unknown as { happyDOM: { setURL(url: string): void } }
  happyDOM.setURL(`${origin}/`)
  document.head.innerHTML = '<meta property="og:root_path" content="">'
  const page = readPage(window)
  if (!page) throw new Error('no page')
  const sent: Sent[] = []
  const native: typeof fetch = async (input, init) => {
    const request = input instanceof Request ? input : undefined
    const url = new URL(request?.url ?? String(input), document.baseURI).href
    const method = (init?.method ?? request?.method ?? 'GET').toUpperCase()
    const headers = new Headers(init?.headers ?? request?.headers)
    const one = { url, method, context: headers.get('x-twodoor-context'), input, init }
    const body = init?.body ? String(init.body) : ((await request?.text()) ?? '')
    sent.push({ ...one, body })
    init?.signal?.throwIfAborted()
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    return (answer as (sent: Sent) => Response)({ ...one, body })
  }
  const waits = { open: Promise.resolve(), renewed: Promise.resolve() }
  const gate = {
    auth: undefined,
    startSignIn: () => undefined,
    dispose() {},
    isSignedOut: () => false,
    whenOpen: vi.fn(() => waits.open),
    renewSession: vi.fn((_calledAt: number) => waits.renewed),
    ensureSession: vi.fn(async () => {}),
    onSessionSeen: vi.fn((_identifier?: unknown) => {}),
    takeUser: vi.fn((): Response | undefined => undefined),
    signOut: vi.fn(async () => {}),
    closeForGood: () => {},
    explain: () => undefined,
  } satisfies SessionGate
  const changeLoginConfig = vi.fn(async (_config: unknown): Promise<object | string> => ({ configured: true }))
  const giveUp = vi.fn((_reason: string) => {})
  const patches = createPatches()
  const before = window.fetch
  let clock = 0
  patchFetch(
    {
      window,
      page,
      fetch: native,
      changeLoginConfig,
      giveUp,
      now: () => (clock += 1),
      gate: door === 'token' ? gate : undefined,
    },
    patches,
  )
  onTestFinished(() => {
    patches.restore()
    expect(window.fetch).toBe(before)
  })
  return { sent, gate, waits, changeLoginConfig, giveUp, patches, native }
}

const unauthorized = () => Response.json({ detail: 'credentialssignin' }, { status: 401 })
const ok = () => Response.json({ ok: true })

describe("Chainlit's first calls", () => {
  it.each(['/user', '/project/settings?language=en', '/project/translations', '/set-session-cookie', '/mcp', '/', ''])(
    'wait until somebody is admitted: %j',
    async (path) => {
      const { sent, waits } = setUp()
      const { promise, resolve } = deferred()
      waits.open = promise
      const answer = fetch(origin + path)
      await settled()
      expect(sent).toEqual([])
      resolve()
      expect((await answer).status).toBe(200)
      expect(sent).toHaveLength(1)
    },
  )

  it.each([
    '/public/theme.json',
    '/assets/index.js',
    '/auth/oauth/azure-ad',
    '/auth/jwt',
    '/login',
    '/favicon',
    '/logo?theme=dark',
    '/health',
    '/copilot/index.js',
  ])('do not wait for what everybody gets: %s', async (path) => {
    const { sent, gate } = setUp([unauthorized])
    gate.whenOpen.mockImplementation(() => new Promise(() => {}))
    expect((await fetch(origin + path)).status).toBe(401)
    expect(sent).toHaveLength(1)
    expect(gate.renewSession).not.toHaveBeenCalled()
  })

  it.each(['/publicx', '/logout', '/loginx', '/authx', '/healthy'])('wait for %s', async (path) => {
    const { sent, gate } = setUp()
    gate.whenOpen.mockImplementation(() => new Promise(() => {}))
    void fetch(origin + path)
    await settled()
    expect(sent).toEqual([])
  })

  it('that are aborted while they wait reject with the reason, at once', async () => {
    const { sent, waits } = setUp()
    const { promise, resolve } = deferred()
    waits.open = promise
    const reason = new Error('the page has changed its mind')
    const gone = new AbortController()
    const calls = [
      fetch(`${origin}/user`, { signal: gone.signal }),
      fetch(new Request(`${origin}/user`, { signal: gone.signal })),
      fetch(`${origin}/auth/header`, { method: 'POST', signal: gone.signal }),
    ]
    const outcomes = Promise.allSettled(calls)
    gone.abort(reason)
    expect(await outcomes).toMatchObject(calls.map(() => ({ status: 'rejected', reason })))
    await expect(fetch(`${origin}/user`, { signal: gone.signal })).rejects.toBe(reason)
    resolve()
    await settled()
    expect(sent).toEqual([])
  })

  it('take the user that has been asked for already, once', async () => {
    const { sent, gate } = setUp()
    gate.takeUser.mockReturnValueOnce(Response.json({ identifier: 'taken' }))
    expect(await (await fetch(`${origin}/user`)).json()).toEqual({ identifier: 'taken' })
    expect(sent).toEqual([])
    await fetch(`${origin}/user`)
    expect(sent).toHaveLength(1)
    gate.takeUser.mockClear()
    await fetch(`${origin}/user`, { method: 'PUT' })
    await fetch(`${origin}/user/x`)
    expect(gate.takeUser).not.toHaveBeenCalled()
  })

  it('tell whose session it is, and leave the answer whole', async () => {
    const { gate } = setUp([() => Response.json({ identifier: 'entra:t:o' })])
    expect(await (await fetch(`${origin}/user`)).json()).toEqual({ identifier: 'entra:t:o' })
    await settled()
    expect(gate.onSessionSeen).toHaveBeenCalledWith('entra:t:o')
  })

  it.each([() => new Response('<html>'), () => Response.json(null), () => Response.json([1])])(
    'survive a user that is none',
    async (answer) => {
      const { gate } = setUp([answer])
      expect((await fetch(`${origin}/user`)).ok).toBe(true)
      await settled()
      expect(gate.onSessionSeen).toHaveBeenCalledWith(undefined)
    },
  )
})

describe('a session that has ended', () => {
  it('is renewed once for many calls, each of which is made once more', async () => {
    const dead = () => (isRenewed ? ok() : unauthorized())
    let isRenewed = false
    const { sent, gate, waits } = setUp([dead])
    const { promise, resolve } = deferred()
    waits.renewed = promise
    const calls = Array.from({ length: 20 }, (_, i) =>
      fetch(`${origin}/project/thread/${i}`, { method: 'PUT', body: 'x' }),
    )
    await settled()
    expect(sent).toHaveLength(20)
    isRenewed = true
    resolve()
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(calls.map(() => 200))
    expect(sent).toHaveLength(40)
    expect(sent.every(({ body }) => body === 'x')).toBe(true)
    // The gate joins those that began before the new session.
    expect(gate.renewSession.mock.calls.map(([since]) => since)).toEqual(calls.map((_, i) => i + 1))
  })

  it('is told of again where a new one does not help', async () => {
    const { sent, gate } = setUp([unauthorized])
    const answer = await fetch(`${origin}/project/threads`, { method: 'POST', body: '{}' })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual({ detail: 'credentialssignin' })
    expect(sent).toHaveLength(2)
    expect(gate.renewSession).toHaveBeenCalledTimes(1)
  })

  it.each([200, 204, 302, 400, 403, 404, 500])('is not what a status of %i means', async (status) => {
    const { sent, gate } = setUp([() => new Response(null, { status })])
    expect((await fetch(`${origin}/project/threads`)).status).toBe(status)
    expect(sent).toHaveLength(1)
    expect(gate.renewSession).not.toHaveBeenCalled()
  })

  it('has every kind of body sent again', async () => {
    const form = new FormData()
    form.append('a', 'b')
    const bodies: BodyInit[] = ['text', new URLSearchParams('a=b'), new Blob(['x']), new Uint8Array([1]), form]
    for (const body of bodies) {
      const { sent } = setUp([unauthorized, ok])
      expect((await fetch(`${origin}/mcp`, { method: 'POST', body })).status).toBe(200)
      expect(sent.map(({ init }) => init?.body)).toEqual([body, body])
    }
  })

  it('has a Request with a body sent again, from a copy', async () => {
    const { sent } = setUp([unauthorized, ok])
    const request = new Request(`${origin}/mcp`, { method: 'POST', body: 'once' })
    expect((await fetch(request)).status).toBe(200)
    expect(sent.map(({ body, method }) => [method, body])).toEqual([
      ['POST', 'once'],
      ['POST', 'once'],
    ])
  })

  it.each(['https://elsewhere.example/login', `${origin}:8443/user`, 'https://elsewhere.example/project/threads'])(
    'is not what a redirect to %s means',
    async (url) => {
      const redirected = () => Object.defineProperty(unauthorized(), 'url', { value: url })
      const { sent, gate } = setUp([redirected, ok])
      const answer = await fetch(`${origin}/project/threads`, { method: 'POST', body: '{}' })
      expect(await answer.json()).toEqual({ detail: 'credentialssignin' })
      expect(sent).toHaveLength(1)
      expect(gate.renewSession).not.toHaveBeenCalled()
    },
  )

  it('is renewed after a redirect within Chainlit', async () => {
    const redirected = () => Object.defineProperty(unauthorized(), 'url', { value: `${origin}/project/threads/` })
    const { sent } = setUp([redirected, ok])
    expect((await fetch(`${origin}/project/threads`, { method: 'POST', body: '{}' })).status).toBe(200)
    expect(sent).toHaveLength(2)
  })

  it('has a stream not sent again: its caller gets the 401', async () => {
    const { sent, gate } = setUp([unauthorized, ok])
    const body = new ReadableStream({ start: (stream) => stream.close() })
    const init = { method: 'POST', body, duplex: 'half' }
    const answer = await fetch(`${origin}/mcp`, init)
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual({ detail: 'credentialssignin' })
    expect(sent).toHaveLength(1)
    expect(gate.renewSession).not.toHaveBeenCalled()
  })

  it('answers the question for the user from what the renewal has asked', async () => {
    const { sent, gate } = setUp([unauthorized])
    gate.takeUser.mockReturnValueOnce(undefined).mockReturnValueOnce(Response.json({ identifier: 'new' }))
    expect(await (await fetch(`${origin}/user`)).json()).toEqual({ identifier: 'new' })
    expect(sent).toHaveLength(1)
  })

  it('rejects with the reason of a call that is aborted meanwhile', async () => {
    const { sent, waits } = setUp([unauthorized])
    waits.renewed = new Promise(() => {})
    const gone = new AbortController()
    const answer = fetch(`${origin}/project/threads`, { signal: gone.signal })
    const outcome = expect(answer).rejects.toBe('enough')
    await settled()
    gone.abort('enough')
    await outcome
    expect(sent).toHaveLength(1)
  })

  it('is left to Chainlit after the restore', async () => {
    const { sent, gate, waits, patches } = setUp([unauthorized])
    const { promise, resolve } = deferred()
    waits.open = promise
    const held = window.fetch
    const answer = fetch(`${origin}/project/threads`)
    patches.restore()
    resolve()
    expect(await (await answer).json()).toEqual({ detail: 'credentialssignin' })
    expect((await held(`${origin}/project/threads`)).status).toBe(401)
    expect(sent).toHaveLength(2)
    expect(gate.renewSession).not.toHaveBeenCalled()
  })

  it('is no concern of a network that fails', async () => {
    const { gate } = setUp([
      () => {
        throw new TypeError('Failed to fetch')
      },
    ])
    await expect(fetch(`${origin}/user`)).rejects.toThrow('Failed to fetch')
    expect(gate.renewSession).not.toHaveBeenCalled()
  })
})

describe('the login page', () => {
  it('has its header login answered without a request of its own', async () => {
    const { sent, waits } = setUp()
    const { promise, resolve } = deferred()
    waits.open = promise
    const answer = fetch(`${origin}/auth/header`, { method: 'post', body: '{}' })
    await settled()
    resolve()
    expect(await (await answer).json()).toEqual({ success: true })
    expect(sent).toEqual([])
  })

  it('asks for nothing else in that way', async () => {
    const { sent } = setUp()
    await fetch(`${origin}/auth/header`)
    await fetch(`${origin}/auth/header/`, { method: 'POST' })
    await fetch(`${origin}/auth/headers`, { method: 'POST' })
    expect(sent).toHaveLength(3)
  })

  it('logs out, and is told when that is done', async () => {
    const { sent, gate } = setUp()
    const { promise, resolve } = deferred()
    gate.signOut.mockReturnValue(promise)
    let isDone = false
    const answer = fetch(`${origin}/logout`, { method: 'POST' }).then((response) => {
      isDone = true
      return response
    })
    await settled()
    expect([sent.length, gate.signOut.mock.calls.length, isDone]).toEqual([1, 1, false])
    resolve()
    expect((await answer).status).toBe(200)
    expect(gate.whenOpen).not.toHaveBeenCalled()
  })

  it('stays signed in where Chainlit could not log out', async () => {
    const { gate } = setUp([() => new Response('', { status: 500 })])
    expect((await fetch(`${origin}/logout`, { method: 'POST' })).status).toBe(500)
    await fetch(`${origin}/logout`)
    expect(gate.signOut).not.toHaveBeenCalled()
  })
})

describe('the context of the page', () => {
  it('is told where the server sets or deletes a cookie, and nowhere else', async () => {
    const { sent } = setUp()
    for (const path of ['/logout', '/set-session-cookie', '/user', '/project/threads', '/login', '/logout/x', '/mcp'])
      await fetch(origin + path, { method: 'POST', headers: { Accept: 'x' } })
    expect(sent.filter(({ context }) => context !== null).map(({ url, context }) => [url, context])).toEqual([
      [`${origin}/logout`, 'top'],
      [`${origin}/set-session-cookie`, 'top'],
    ])
    expect(sent.map(({ init }) => new Headers(init?.headers).get('accept'))).toEqual(sent.map(() => 'x'))
  })

  it('leaves a Request what it is', async () => {
    const { sent } = setUp()
    const request = new Request(`${origin}/set-session-cookie`, {
      method: 'POST',
      body: '{"session_id":"1"}',
      headers: { 'Content-Type': 'application/json' },
    })
    await fetch(request)
    expect(sent).toMatchObject([{ method: 'POST', body: '{"session_id":"1"}', context: 'top' }])
    expect(new Headers(sent[0]?.init?.headers).get('content-type')).toBe('application/json')
  })
})

describe('a call with an Authorization of its own', () => {
  const headers = { Authorization: 'Bearer of-the-app' }

  it.each<[string, () => Parameters<typeof fetch>]>([
    ['in an object', () => [`${origin}/user`, { headers }]],
    ['in lower case', () => [`${origin}/user`, { headers: { authorization: 'x' } }]],
    ['in a list', () => [`${origin}/user`, { headers: Object.entries(headers) }]],
    ['in Headers', () => [`${origin}/user`, { headers: new Headers(headers) }]],
    ['in a Request', () => [new Request(`${origin}/user`, { headers })]],
    ['to log out', () => [`${origin}/logout`, { method: 'POST', headers }]],
    ['to log in', () => [`${origin}/auth/header`, { method: 'POST', headers }]],
    ['for the config', () => [`${origin}/auth/config`, { headers }]],
  ])('passes as it is (%s)', async (_, given) => {
    const { sent, gate, changeLoginConfig } = setUp([unauthorized])
    gate.whenOpen.mockImplementation(() => new Promise(() => {}))
    const [input, init] = given()
    expect((await fetch(input, init)).status).toBe(401)
    expect(sent).toMatchObject([{ context: null }])
    expect([sent[0]?.input, sent[0]?.init]).toEqual([input, init])
    expect(sent[0]?.input).toBe(input)
    expect([gate.renewSession, gate.signOut, changeLoginConfig].flatMap(({ mock }) => mock.calls)).toEqual([])
  })

  it('is made by an init without one that replaces the headers of its Request', async () => {
    const { sent, gate } = setUp()
    await fetch(new Request(`${origin}/user`, { headers }), { headers: { Accept: 'x' } })
    expect(sent).toHaveLength(1)
    expect(gate.whenOpen).toHaveBeenCalledTimes(1)
  })
})

describe('/auth/config', () => {
  let configOf: (
    answer: () => Response,
  ) => Promise<{ response: Response; changeLoginConfig: unknown[]; giveUp: unknown[] }>

  beforeEach(() => {
    configOf = async (answer) => {
      const { changeLoginConfig, giveUp } = setUp([answer])
      const response = await fetch(`${origin}/auth/config`)
      return { response, changeLoginConfig: changeLoginConfig.mock.calls.flat(), giveUp: giveUp.mock.calls.flat() }
    }
  })

  it('is answered for the door', async () => {
    const { response, changeLoginConfig, giveUp } = await configOf(() => Response.json(config))
    expect(await response.json()).toEqual({ configured: true })
    expect(response.headers.get('content-type')).toMatch('application/json')
    expect({ changeLoginConfig, giveUp }).toEqual({ changeLoginConfig: [config], giveUp: [] })
  })

  it.each([404, 500, 401, 302])('is passed on where the server fails (%i)', async (status) => {
    const { response, changeLoginConfig, giveUp } = await configOf(() => new Response('oh', { status }))
    expect([response.status, await response.text()]).toEqual([status, 'oh'])
    expect({ changeLoginConfig, giveUp }).toEqual({ changeLoginConfig: [], giveUp: [] })
  })

  it('is passed on whole where nothing can be done with it', async () => {
    const { changeLoginConfig, giveUp } = setUp([() => new Response('<html>')])
    changeLoginConfig.mockResolvedValue('it cannot be understood.')
    const response = await fetch(`${origin}/auth/config`)
    expect(await response.text()).toBe('<html>')
    expect(changeLoginConfig).toHaveBeenCalledWith(undefined)
    expect(giveUp.mock.calls).toEqual([['it cannot be understood.']])
  })

  it('does not wait for anybody in a browser, and can be aborted where it waits', async () => {
    const { changeLoginConfig, gate } = setUp([() => Response.json(config)])
    gate.whenOpen.mockImplementation(() => new Promise(() => {}))
    expect((await fetch(`${origin}/auth/config`)).ok).toBe(true)
    changeLoginConfig.mockReturnValue(new Promise(() => {}))
    const gone = new AbortController()
    const outcome = expect(fetch(`${origin}/auth/config`, { signal: gone.signal })).rejects.toBe('enough')
    await settled()
    gone.abort('enough')
    await outcome
  })
})

it("touches nothing but the config where Chainlit's own OAuth signs in", async () => {
  const { sent, changeLoginConfig } = setUp([unauthorized, unauthorized, unauthorized, () => Response.json(config)], {
    door: 'oauth',
  })
  const calls: Parameters<typeof fetch>[] = [
    [`${origin}/user`, {}],
    [`${origin}/auth/header`, { method: 'POST', body: '{}' }],
    [new URL(`${origin}/logout`), { method: 'POST' }],
  ]
  for (const call of calls) expect((await fetch(...call)).status).toBe(401)
  expect(sent.map(({ input, init }) => [input, init])).toEqual(calls)
  expect(await (await fetch(`${origin}/auth/config`)).json()).toEqual({ configured: true })
  expect(changeLoginConfig).toHaveBeenCalledTimes(1)
})
