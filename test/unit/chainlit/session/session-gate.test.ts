import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuthStatus } from '../../../../src/account/state.js'
import { AuthError } from '../../../../src/shared/errors.js'
import { bob, tenantId } from '../../jwt.js'
import {
  attributes,
  clientId,
  inTeams,
  openPage,
  origin,
  type PageOptions,
  type Sent,
  signedIn,
  token,
} from '../world.js'

const teams: PageOptions = { attributes: { ...attributes, ...inTeams } }
const { host } = signedIn
const asBob: AuthStatus = {
  status: 'signed-in',
  account: { key: `entra:${tenantId}:${bob}`, tenantId, objectId: bob },
}
const starting = { host, status: 'starting' } as const
const RUNS = 120
const socket = `${origin}/ws/socket.io/?EIO=4&transport=polling`
const reload = vi.spyOn(location, 'reload')

beforeEach(() => {
  vi.useFakeTimers()
  reload.mockReset()
})

afterEach(() => vi.useRealTimers())

const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const panel = () => document.getElementById('twodoor')?.shadowRoot
const title = () => panel()?.querySelector('h1')?.textContent
const press = () => panel()?.querySelector('button')?.click()

/** Whether a call has been answered, and with what. */
function watch(call: Promise<Response>) {
  const seen: { status?: number; error?: unknown } = {}
  call.then(
    ({ status }) => {
      seen.status = status
    },
    (error: unknown) => {
      seen.error = error
    },
  )
  return seen
}

function sendXhr(url = socket): void {
  const xhr = new XMLHttpRequest()
  xhr.open('GET', url)
  xhr.send()
}

describe('in Teams', () => {
  it('the token is exchanged once, before any of the calls that begin the page', async () => {
    const { sent, sentTo } = openPage(teams)
    const calls = ['/project/translations', '/user', '/project/settings'].map((path) => watch(fetch(origin + path)))
    await pass()
    expect(calls.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(sent.map(({ method, url }) => `${method} ${url.slice(origin.length)}`)).toEqual([
      'POST /auth/header',
      'GET /user',
      'GET /project/translations',
      'GET /project/settings',
    ])
    const [exchange] = sentTo('/auth/header')
    expect(exchange?.headers.get('authorization')).toBe(`Bearer ${token}`)
    expect(exchange?.body).toBe('{}')
    expect(title()).toBeUndefined()
  })

  it('the token is exchanged although there is a cookie: it can be of somebody else', async () => {
    const { server, sentTo } = openPage(teams)
    server.alive = true
    await pass()
    expect(sentTo('/auth/header')).toHaveLength(1)
  })

  it('twenty calls that find the session dead get one new session between them', async () => {
    const { server, sentTo } = openPage(teams)
    await pass(100)
    server.alive = false
    const calls = Array.from({ length: 20 }, (_, i) => watch(fetch(`${origin}/project/thread/${i}`)))
    await pass()
    expect(calls.every(({ status }) => status === 200)).toBe(true)
    expect(sentTo('/auth/header')).toHaveLength(2)
  })

  it('a page of somebody else begins anew, and shows nothing before', async () => {
    const { auth, server, sent } = openPage(teams)
    await pass()
    server.identifier = asBob.status === 'signed-in' ? asBob.account.key : ''
    auth.set(asBob)
    const call = watch(fetch(`${origin}/project/threads`))
    await pass(60_000)
    expect(reload).toHaveBeenCalledTimes(1)
    expect(call).toEqual({})
    expect(sent.filter(({ url }) => url.endsWith('/project/threads'))).toEqual([])
  })

  it('who may not come in is told so, asked for nothing more, and tries again on a click alone', async () => {
    const { server, sentTo, complaints } = openPage(teams)
    const refusal = () => Response.json({ detail: 'credentialssignin' }, { status: 403 })
    server.instead = ({ url }) => (url.endsWith('/auth/header') ? refusal() : undefined)
    await pass(60_000)
    expect(title()).toBe('You have no access to this app')
    expect(complaints.mock.calls).toEqual([[expect.stringMatching(/^twodoor: .*`roles` of setup\(\)/)]])
    expect(sentTo('/auth/header')).toHaveLength(1)
    server.instead = () => undefined
    press()
    await pass(1_000)
    expect([sentTo('/auth/header').length, title()]).toEqual([2, undefined])
  })

  it('a refusal of this origin is another 403', async () => {
    const { server, complaints } = openPage(teams)
    const refusal = () => Response.json({ code: 'wrong_origin', detail: 'A page' }, { status: 403 })
    server.instead = ({ url }) => (url.endsWith('/auth/header') ? refusal() : undefined)
    await pass(1_000)
    expect(complaints.mock.calls).toEqual([[expect.stringContaining('`public_origin` of setup()')]])
  })

  it('a cookie that is not kept is told of after two tries, whatever Chainlit asks then', async () => {
    const { server, sentTo, complaints, dropIn } = openPage(teams)
    server.instead = ({ url }) => (url.endsWith('/user') ? new Response('', { status: 401 }) : undefined)
    await pass(1_000)
    expect(sentTo('/auth/header')).toHaveLength(2)
    // Words for each of the two who read them.
    expect(panel()?.querySelector('p')?.textContent).toBe('This browser does not keep the sign-in inside Teams.')
    expect(complaints.mock.calls).toEqual([[expect.stringMatching(/^twodoor: .*cookie.*(Path=|Secure)/)]])
    expect(dropIn.explain()?.lastError).toMatchObject({
      code: 'session_refused',
      message: expect.stringMatching(/cookie/),
    })
    expect(Object.keys(dropIn.explain()?.lastError ?? {})).not.toContain('cause')
    const calls = Array.from({ length: 5 }, () => watch(fetch(`${origin}/user`)))
    await pass(300_000)
    expect(calls).toEqual(calls.map(() => ({})))
    expect(sentTo('/auth/header')).toHaveLength(2)
  })

  it('a token that the server refuses is told of, and not sent for ever', async () => {
    const { server, sentTo, complaints } = openPage(teams)
    server.instead = ({ url }) => (url.endsWith('/auth/header') ? new Response('', { status: 401 }) : undefined)
    await pass(300_000)
    expect(sentTo('/auth/header').length).toBeLessThanOrEqual(2)
    expect(title()).toBe('Signing in did not work')
    expect(JSON.stringify([panel()?.textContent, complaints.mock.calls])).not.toContain(token)
  })

  it('a server that is down is asked a few times, and then a person is told', async () => {
    const { server, sentTo } = openPage(teams)
    server.instead = () => Promise.reject(new TypeError('Failed to fetch'))
    await pass(35_000)
    expect(title()).toBe('Signing in takes too long')
    await pass(600_000)
    expect(sentTo('/auth/header').length).toBeLessThanOrEqual(6)
    server.instead = () => undefined
    const call = watch(fetch(`${origin}/project/threads`))
    press()
    await pass(1_000)
    expect(call.status).toBe(200)
    expect(title()).toBeUndefined()
  })

  it('a host that never answers is told of in time, and late is better than never', async () => {
    const { auth } = openPage({ ...teams, state: starting })
    const call = watch(fetch(`${origin}/user`))
    await pass(1_999)
    expect(title()).toBeUndefined()
    await pass(1)
    expect(title()).toBe('Signing in …')
    await pass(33_000)
    expect(title()).toBe('Signing in takes too long')
    auth.set(signedIn)
    await pass()
    expect(call.status).toBe(200)
    expect(title()).toBeUndefined()
  })

  it('whoever has signed out is asked, and nothing is sent until then', async () => {
    const { auth, sent } = openPage({ ...teams, state: { host, status: 'signed-out', reason: 'by-user' } })
    const call = watch(fetch(`${origin}/project/threads`))
    await pass(300_000)
    expect(title()).toBe('You are signed out')
    expect(sent.filter(({ url }) => url.endsWith('/auth/header') || url.endsWith('/project/threads'))).toEqual([])
    press()
    await pass()
    expect(auth.calls.signIn).toHaveLength(1)
    auth.set(signedIn)
    await pass()
    expect(call.status).toBe(200)
  })
})

describe('in a browser', () => {
  it('nobody signs in while the cookie is good', async () => {
    const { server, auths, sentTo } = openPage()
    server.alive = true
    const calls = ['/user', '/project/threads'].map((path) => watch(fetch(origin + path)))
    await pass()
    expect(calls.map(({ status }) => status)).toEqual([200, 200])
    expect([auths.length, sentTo('/auth/header').length]).toEqual([0, 0])
  })

  it('a session that has ended begins a sign-in, once, and what waits goes on', async () => {
    const { auths, sentTo } = openPage()
    const calls = ['/user', '/project/threads', '/user'].map((path) => watch(fetch(origin + path)))
    await pass()
    expect(calls.map(({ status }) => status)).toEqual([200, 200, 200])
    expect([auths.length, sentTo('/auth/header').length]).toEqual([1, 1])
  })

  it('the session of another account is not shown to whoever signs in', async () => {
    const { server } = openPage()
    server.alive = true
    await fetch(`${origin}/user`)
    await pass()
    server.alive = false
    server.identifier = asBob.status === 'signed-in' ? asBob.account.key : ''
    const call = watch(fetch(`${origin}/project/threads`))
    await pass(60_000)
    expect(call).toEqual({})
    expect(reload.mock.calls.length + (title() ? 1 : 0)).toBeGreaterThan(0)
  })
})

describe('a connection of the socket', () => {
  it('goes out at once after the first look, and after another look later', async () => {
    const { sentTo, sent } = openPage(teams)
    await fetch(`${origin}/user`)
    await pass()
    const asked = sentTo('/user').length
    sendXhr()
    await pass()
    expect(sent.filter(({ by }) => by === 'xhr')).toHaveLength(1)
    expect(sentTo('/user')).toHaveLength(asked)
    sendXhr()
    await pass()
    expect(sent.filter(({ by }) => by === 'xhr')).toHaveLength(2)
    expect(sentTo('/user')).toHaveLength(asked + 1)
  })

  it('waits for one exchange where the session has ended', async () => {
    const { sentTo, sent, server } = openPage(teams)
    await pass()
    sendXhr()
    await pass(60_000)
    server.alive = false
    sendXhr()
    new WebSocket(socket.replace('http', 'ws'))
    await pass()
    expect(sentTo('/auth/header')).toHaveLength(2)
    expect(sent.slice(-2).map(({ by }) => by)).toEqual(expect.arrayContaining(['xhr', 'websocket']))
  })

  it('goes out where nobody answers the question for the session', async () => {
    const { sent, server } = openPage(teams)
    await pass()
    sendXhr()
    await pass(60_000)
    server.instead = () => Promise.reject(new TypeError('Failed to fetch'))
    sendXhr()
    await pass(10_000)
    expect(sent.filter(({ by }) => by === 'xhr')).toHaveLength(2)
  })

  it('does not wait for ever for a server that does not answer', async () => {
    const { sent, server } = openPage(teams)
    await pass()
    sendXhr()
    await pass(60_000)
    server.instead = () => new Promise(() => {})
    sendXhr()
    await pass(10_000)
    expect(sent.filter(({ by }) => by === 'xhr')).toHaveLength(2)
  })
})

describe('a restore in the middle', () => {
  it.each<[string, (sent: Sent) => boolean]>([
    ['of an exchange', ({ url }) => url.endsWith('/auth/header')],
    ['of a question for the session', ({ url }) => url.endsWith('/user')],
    ['of a call', ({ url }) => url.endsWith('/project/threads')],
  ])('%s lets everybody go, and shows nothing any more', async (_, isSlow) => {
    const { server, dropIn, sent } = openPage(teams)
    await pass(100)
    server.alive = false
    let answer = (_: Response) => {}
    const slow = new Promise<Response>((resolve) => {
      answer = resolve
    })
    server.instead = (one) => (isSlow(one) ? slow : undefined)
    const calls = [watch(fetch(`${origin}/project/threads`)), watch(fetch(`${origin}/project/settings`))]
    sendXhr()
    await pass(500)
    expect(calls).toContainEqual({})
    server.instead = () => undefined
    dropIn.restore()
    answer(new Response('', { status: 401 }))
    await pass(100_000)
    expect(calls).toEqual([{ status: 401 }, { status: expect.any(Number) }])
    expect(title()).toBeUndefined()
    expect(vi.getTimerCount()).toBe(0)
    expect(sent.filter(({ by }) => by === 'xhr')).toHaveLength(1)
    await fetch(`${origin}/user`)
  })
})

describe('whatever happens', () => {
  const errors = ['sign_in_required', 'offline', 'unavailable', 'denied', 'host_timeout'] as const
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('fetch', 'user', 'socket', 'websocket', 'logout') },
    { weight: 3, arbitrary: fc.constantFrom('die', 'die', 'down', 'hang', 'stall', 'refuse', 'up') },
    { weight: 2, arbitrary: fc.constantFrom('sign in', 'no-account', 'starting', ...errors) },
    { weight: 3, arbitrary: fc.constantFrom('0', '1', '1500', '12000', '40000', '400000') },
  )

  /** Plays what a network, a host and a user can do. */
  async function play(steps: readonly string[], options: PageOptions) {
    const page = openPage(options)
    const calls: ReturnType<typeof watch>[] = []
    const hanging: (() => void)[] = []
    const hang = ({ given }: Sent) =>
      new Promise<Response>((_, reject) => {
        const { signal } = (given?.[1] ?? {}) as RequestInit
        signal?.addEventListener('abort', () => reject(signal.reason))
        hanging.push(() => reject(new TypeError('Failed to fetch')))
      })
    const act: Record<string, () => void> = {
      fetch: () => calls.push(watch(fetch(`${origin}/project/threads`, { method: 'POST', body: '{}' }))),
      user: () => calls.push(watch(fetch(`${origin}/user`))),
      logout: () => calls.push(watch(fetch(`${origin}/logout`, { method: 'POST' }))),
      socket: () => sendXhr(),
      websocket: () => void new WebSocket(socket.replace('http', 'ws')),
      die: () => {
        page.server.alive = false
      },
      down: () => {
        page.server.instead = () => Promise.reject(new TypeError('Failed to fetch'))
      },
      hang: () => {
        page.server.instead = hang
      },
      stall: () => {
        page.server.instead = (sent) => (sent.url.endsWith('/auth/header') ? hang(sent) : undefined)
      },
      refuse: () => {
        page.server.instead = ({ url }) =>
          url.endsWith('/auth/header') ? new Response('', { status: 401 }) : undefined
      },
      up: () => {
        page.server.instead = () => undefined
      },
      'sign in': () => page.auths[0]?.set(signedIn),
      starting: () => page.auths[0]?.set({ status: 'starting' }),
      'no-account': () => page.auths[0]?.set({ status: 'signed-out', reason: 'no-account' }),
    }
    for (const code of errors)
      act[code] = () => page.auths[0]?.set({ status: 'failed', error: new AuthError(code, { phase: 'source' }) })
    for (const each of steps) {
      const now = act[each]
      if (now) now()
      else await pass(Number(each))
    }
    page.server.instead = () => undefined
    for (const fail of hanging) fail()
    return { page, calls }
  }

  const doors = fc.constantFrom(teams, {}, { ...teams, state: starting })

  it('nobody waits any more after the restore, and nothing is left over', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), doors, async (steps, options) => {
        const { page, calls } = await play(steps, options)
        const { dropIn, sent } = page
        dropIn.restore()
        await pass()
        expect(calls.filter((call) => Object.keys(call).length === 0)).toEqual([])
        expect(document.getElementById('twodoor')).toBeNull()
        const count = sent.length
        await pass(3_600_000)
        expect(sent).toHaveLength(count)
        expect(vi.getTimerCount()).toBe(0)
        expect(document.getElementById('twodoor')).toBeNull()
      }),
      { numRuns: RUNS },
    )
  })

  it('everybody is served once the server is well and somebody is signed in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), doors, async (steps, options) => {
        const { page, calls } = await play(steps, options)
        const { dropIn, auths, sentTo } = page
        auths[0]?.set({ status: 'signed-out', reason: 'no-account' })
        auths[0]?.set(signedIn)
        await pass(100_000)
        press()
        await pass(100_000)
        expect(calls.filter((call) => Object.keys(call).length === 0)).toEqual([])
        expect(sentTo('/auth/header').length).toBeLessThan(8 * (steps.length + 3))
        dropIn.restore()
      }),
      { numRuns: RUNS },
    )
  })
})

describe('a sign-out that is made elsewhere', () => {
  const browser: PageOptions = { state: { host, status: 'signed-out', reason: 'no-account' } }
  const key = `twodoor.${clientId}.signed-out`
  const markElsewhere = () => {
    localStorage.setItem(key, '1')
    window.dispatchEvent(new StorageEvent('storage', { key, newValue: '1' }))
  }
  const comeBack = (persisted: boolean) => window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }))

  afterEach(() => localStorage.removeItem(key))

  it('in another tab ends a page that has only the cookie, once, and lets nothing through any more', async () => {
    const { server, sentTo } = openPage(browser)
    server.alive = true
    expect(await fetch(`${origin}/user`).then(({ status }) => status)).toBe(200)
    markElsewhere()
    markElsewhere()
    const call = watch(fetch(`${origin}/project/threads`))
    sendXhr()
    await pass(10_000)
    expect(reload).toHaveBeenCalledTimes(1)
    expect(call).toEqual({})
    expect([...sentTo('/project/threads'), ...sentTo('/ws/socket.io/')]).toEqual([])
  })

  it('that has been taken back by the time it is heard of makes the page look anew, and signs nobody out', async () => {
    const { server } = openPage(browser)
    server.alive = true
    await fetch(`${origin}/user`)
    window.dispatchEvent(new StorageEvent('storage', { key, newValue: '1' }))
    await pass()
    expect(reload).toHaveBeenCalledTimes(1)
    expect(localStorage.getItem(key)).toBeNull()
  })

  it.each([
    ['gone', 'no-account'],
    ['signed out', 'by-user'],
  ] as const)('leaves nobody signed in where the account is %s', async (_, reason) => {
    const { auth } = openPage(teams)
    await pass()
    const signOut = vi.spyOn(auth, 'signOut')
    auth.set({ status: 'signed-out', reason })
    await pass(10_000)
    expect(signOut).toHaveBeenCalledTimes(1)
    expect(reload).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['with the answer to the logout', 300],
    ['after 5 s where that is not answered', 5_000],
  ])('loads the page again %s, not before: the next page would log out once more', async (_, ms) => {
    const { auth, server, sentTo } = openPage(teams)
    await pass()
    let answer: (response: Response) => void = () => {}
    const answered = new Promise<Response>((resolve) => {
      answer = resolve
    })
    server.instead = ({ url }) => (url.endsWith('/logout') ? answered : undefined)
    auth.set({ status: 'signed-out', reason: 'by-user' })
    await pass(299)
    expect(title()).toBe('Signing out …')
    expect(panel()?.querySelector('button')).toBeNull()
    expect(sentTo('/logout')).toHaveLength(1)
    if (ms < 5_000) setTimeout(() => answer(Response.json({})), 1)
    await pass(ms - 300)
    expect(reload).not.toHaveBeenCalled()
    await pass(1)
    expect(reload).toHaveBeenCalledTimes(1)
  })

  it('shows the button again where the page is not left: it may have asked the user, who said no', async () => {
    const { auth } = openPage(teams)
    await pass()
    auth.set({ status: 'signed-out', reason: 'by-user' })
    await pass(1)
    expect(reload).toHaveBeenCalledTimes(1)
    await pass(4_998)
    expect(title()).toBe('Signing out …')
    await pass(1)
    expect(title()).toBe('You are signed out')
    expect(panel()?.querySelector('button')).not.toBeNull()
    auth.set(signedIn)
    await pass()
    expect(title()).toBeUndefined()
    auth.set({ status: 'signed-out', reason: 'by-user' })
    await pass(1)
    expect(reload).toHaveBeenCalledTimes(2)
  })

  it('is none where the sign-in only has to be renewed', async () => {
    const { auth } = openPage(teams)
    await pass()
    auth.set({
      status: 'signed-out',
      reason: 'expired',
      error: new AuthError('sign_in_required', { phase: 'renewal' }),
    })
    await pass(10_000)
    expect(reload).not.toHaveBeenCalled()
  })

  it('is noticed when the page comes out of the back/forward cache', async () => {
    openPage(browser)
    comeBack(true)
    localStorage.setItem(key, '1')
    comeBack(false)
    await pass()
    expect(reload).not.toHaveBeenCalled()
    comeBack(true)
    await pass()
    expect(reload).toHaveBeenCalledTimes(1)
  })

  it('before the page ends what is left of the session, before anything of Chainlit asks', async () => {
    localStorage.setItem(key, '1')
    const { server, sent } = openPage({ state: { host, status: 'signed-out', reason: 'by-user' } })
    server.alive = true
    const call = watch(fetch(`${origin}/user`))
    await pass(1_000)
    expect(title()).toBe('You are signed out')
    expect(call).toEqual({})
    expect(sent.map(({ method, url }) => `${method} ${url.slice(origin.length)}`)).toEqual([
      'GET /user',
      'POST /logout',
    ])
    expect(reload).not.toHaveBeenCalled()
  })

  it('and a sign-in as somebody else begin the page anew, as soon as the server tells', async () => {
    const { server } = openPage(browser)
    server.alive = true
    await fetch(`${origin}/user`)
    server.identifier = asBob.status === 'signed-in' ? asBob.account.key : ''
    await fetch(`${origin}/user`)
    await pass()
    expect(reload).toHaveBeenCalledTimes(1)
  })

  it('is heard of no more after the restore', async () => {
    const { dropIn } = openPage(browser)
    dropIn.restore()
    markElsewhere()
    await pass()
    expect(reload).not.toHaveBeenCalled()
  })
})
