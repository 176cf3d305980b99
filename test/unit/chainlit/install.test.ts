import { describe, expect, it, vi } from 'vitest'
import { attributes, clientId, inTeams, openPage, origin, settled, snapshot } from './world.js'

const teams = { ...attributes, ...inTeams }
const everything = [
  'window.addEventListener',
  'window.removeEventListener',
  'window.fetch',
  'XMLHttpRequest.prototype.open',
  'XMLHttpRequest.prototype.send',
  'XMLHttpRequest.prototype.abort',
  'XMLHttpRequest.prototype.responseText',
  'window.WebSocket',
]

/** The names of what is not as it was. */
function changedSince(before: ReturnType<typeof snapshot>): string[] {
  return [...snapshot()].filter(([name, now]) => !isSame(now, before.get(name))).map(([name]) => name)
}

function isSame(one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean {
  if (!one || !other) return one === other
  const names = ['value', 'get', 'set', 'writable', 'enumerable', 'configurable'] as const
  return names.every((name) => one[name] === other[name])
}

describe('install', () => {
  it('changes in Teams exactly what it lists', async () => {
    const { dropIn, before, complaints } = openPage({ attributes: teams })
    expect([...dropIn.patched].sort()).toEqual([...everything].sort())
    expect(changedSince(before).sort()).toEqual([...everything].sort())
    expect(complaints).not.toHaveBeenCalled()
  })

  it('leaves the messages of a page in a browser alone', () => {
    const { dropIn, before } = openPage()
    const expected = everything.filter((name) => !name.includes('EventListener'))
    expect([...dropIn.patched].sort()).toEqual([...expected].sort())
    expect(changedSince(before).sort()).toEqual([...expected].sort())
  })

  it("changes only fetch where Chainlit's own OAuth signs in", () => {
    const { dropIn, before } = openPage({ attributes: { ...attributes, browser: 'chainlit-oauth' } })
    expect(dropIn.patched).toEqual(['window.fetch'])
    expect(changedSince(before)).toEqual(['window.fetch'])
  })

  it('signs in with the token in Teams whatever data-browser says', async () => {
    const { dropIn, sentTo } = openPage({ attributes: { ...teams, browser: 'chainlit-oauth' } })
    expect(dropIn.patched).toHaveLength(everything.length)
    await settled()
    expect(sentTo('/auth/header')).toHaveLength(1)
  })

  it('sends nothing and adds nothing in a browser before Chainlit does something', async () => {
    const { sent, auths } = openPage()
    await settled()
    expect(sent).toEqual([])
    expect(auths).toEqual([])
    expect(document.getElementById('twodoor')).toBeNull()
  })

  it('lists what cannot be changed from outside', () => {
    const { dropIn } = openPage()
    expect(() => (dropIn.patched as string[]).push('x')).toThrow(TypeError)
    expect(dropIn.patched).not.toContain('x')
  })

  it('explains nothing before anybody has signed in, and then never the token', async () => {
    expect(openPage().dropIn.explain()).toBeUndefined()
    const { dropIn } = openPage({ attributes: teams })
    await settled()
    expect(dropIn.explain()).toMatchObject({ status: 'signed-in' })
    expect(JSON.stringify(dropIn.explain())).not.toContain('T0KEN')
  })
})

describe('a page that cannot be helped', () => {
  const late = () => vi.spyOn(performance, 'getEntriesByType').mockReturnValue([entry(`${origin}/auth/config`)])
  const without = (name: keyof typeof attributes) => {
    const { [name]: _, ...others } = attributes
    return others
  }

  it.each<[string, Parameters<typeof openPage>[0], RegExp]>([
    ['without a root path', { base: null }, /Chainlit/],
    ['of a root path that leads elsewhere', { base: '//evil.example' }, /Chainlit/],
    ['of a root path with a query', { base: '/chat?x', path: '/chat' }, /Chainlit/],
    ['whose script tag has async', { script: { async: true } }, /defer.*async/],
    ['whose script comes late', { prepare: late }, /defer/],
    ['without data-client-id', { attributes: without('clientId') }, /`data-client-id`.*custom_js_attributes/],
    ['without data-tenant', { attributes: without('tenant') }, /`data-tenant`.*custom_js_attributes/],
    ['without data-scope', { attributes: without('scope') }, /`data-scope`.*custom_js_attributes/],
    [
      'with a wrong client id',
      { attributes: { ...attributes, clientId: 'my-app' } },
      /`data-client-id`.*custom_js_attributes/,
    ],
    [
      'with a wrong tenant',
      { attributes: { ...attributes, tenant: 'contoso' } },
      /`data-tenant`.*custom_js_attributes/,
    ],
    ['with a wrong scope', { attributes: { ...attributes, scope: 'openid' } }, /`data-scope`.*custom_js_attributes/],
    ['with a wrong mode', { attributes: { ...attributes, browser: 'oauth' } }, /`data-browser`.*chainlit-oauth/],
    ['with a wrong sign-in', { attributes: { ...attributes, signIn: 'auto' } }, /`data-sign-in`.*redirect/],
    ['with a wrong authority', { attributes: { ...attributes, authority: 'http://x' } }, /`data-authority`/],
    ['with a wrong origin', { attributes: { ...attributes, hostOrigins: '*' } }, /`data-host-origins`/],
    ['with wrong options', { attributes: { ...attributes, options: '[]' } }, /`data-options`.*JSON object/],
    [
      'with an unknown attribute',
      { attributes: { ...attributes, tenantId: 'x' } },
      /data-tenant-id.*custom_js_attributes/,
    ],
  ])('%s is told what to do, once, and stays as it was', async (_, options, words) => {
    const { dropIn, before, complaints, sent, auths, nativeFetch } = openPage(options)
    await settled()
    expect(complaints).toHaveBeenCalledTimes(1)
    expect(complaints.mock.calls[0]?.join(' ')).toMatch(words)
    expect(complaints.mock.calls[0]?.join(' ')).toMatch(/^twodoor: .* Chainlit goes on without twodoor\.$/)
    expect(changedSince(before)).toEqual([])
    expect(dropIn.patched).toEqual([])
    expect({ sent, auths, panel: document.getElementById('twodoor') }).toEqual({ sent: [], auths: [], panel: null })

    expect(window.fetch).toBe(nativeFetch)
    await fetch(`${origin}/user`)
    new WebSocket(`wss://chat.contoso.example/ws/socket.io/?EIO=4`)
    expect(sent).toHaveLength(2)
    dropIn.restore()
    expect(complaints).toHaveBeenCalledTimes(1)
    vi.restoreAllMocks()
  })
})

it('gives up, with all that it has changed already, where somebody has locked a property', () => {
  const lock = () => Object.defineProperty(XMLHttpRequest.prototype, 'send', { configurable: false, writable: false })
  const { dropIn, before, complaints } = openPage({ attributes: teams, prepare: lock })
  expect(complaints).toHaveBeenCalledTimes(1)
  expect(complaints.mock.calls[0]?.join(' ')).toMatch(/send/)
  expect(changedSince(before)).toEqual([])
  expect(dropIn.patched).toEqual([])
})

describe('restore()', () => {
  it.each([
    ['Teams', teams],
    ['a browser', attributes],
    ['a browser with OAuth', { ...attributes, browser: 'chainlit-oauth' }],
  ])('undoes everything in %s, and once more does nothing', async (_, given) => {
    const { dropIn, before } = openPage({ attributes: given })
    dropIn.restore()
    expect(changedSince(before)).toEqual([])
    expect(dropIn.patched).toEqual([])
    dropIn.restore()
    expect(changedSince(before)).toEqual([])
  })

  it('takes away every listener', async () => {
    const listeners: string[] = []
    const count = () => {
      const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype
      const own = (target: unknown) => target === undefined || target === window
      vi.spyOn(window, 'addEventListener').mockImplementation(function (this: unknown, ...args) {
        if (own(this)) listeners.push(String(args[0]))
        return add.apply(new EventTarget(), args as never)
      })
      vi.spyOn(window, 'removeEventListener').mockImplementation((...args) => {
        listeners.splice(listeners.indexOf(String(args[0])), 1)
        return remove.apply(new EventTarget(), args as never)
      })
    }
    const { dropIn } = openPage({ attributes: teams, prepare: count })
    await settled()
    expect(listeners).toContain('pagehide')
    dropIn.restore()
    expect(listeners).toEqual([])
    vi.restoreAllMocks()
  })

  it('lets go of what waits, which goes on natively', async () => {
    const { dropIn, sentTo } = openPage({
      attributes: teams,
      state: { host: { kind: 'teams', certain: true, reasons: [] }, status: 'starting' },
    })
    const answer = fetch(`${origin}/project/settings`)
    await settled()
    expect(sentTo('/project/settings')).toEqual([])
    dropIn.restore()
    expect((await answer).status).toBe(401)
    expect(sentTo('/project/settings')).toHaveLength(1)
    expect(sentTo('/auth/header')).toEqual([])
    expect(document.getElementById('twodoor')).toBeNull()
  })

  it('ends the sign-in, its timers included', async () => {
    vi.useFakeTimers()
    const { dropIn, auth } = openPage({ attributes: teams })
    await vi.advanceTimersByTimeAsync(100)
    expect(vi.getTimerCount()).toBeGreaterThan(0)
    dropIn.restore()
    expect(auth.state).toMatchObject({ status: 'failed', error: { code: 'disposed' } })
    await vi.advanceTimersByTimeAsync(100)
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it('leaves alone what somebody has put on top, and steps aside below it', async () => {
    const seen: string[] = []
    const { dropIn, before, sent } = openPage({ attributes: teams })
    const ours = window.fetch
    const theirs: typeof fetch = (input, init) => {
      seen.push(String(input))
      return ours(input, init)
    }
    window.fetch = theirs
    const { prototype } = XMLHttpRequest
    const { open } = prototype
    prototype.open = function (this: XMLHttpRequest, ...args: Parameters<typeof open>) {
      return open.apply(this, args)
    } as typeof open

    dropIn.restore()
    expect(window.fetch).toBe(theirs)
    expect(changedSince(before).sort()).toEqual(['XMLHttpRequest.prototype.open', 'window.fetch'])
    sent.length = 0
    expect((await fetch(`${origin}/project/settings`)).status).toBe(401)
    expect(seen).toEqual([`${origin}/project/settings`])
    expect(sent.map(({ url }) => url)).toEqual([`${origin}/project/settings`])
    const xhr = new XMLHttpRequest()
    xhr.open('GET', `${origin}/ws/socket.io/?EIO=4`)
    xhr.send()
    expect(sent).toHaveLength(2)
    prototype.open = open
  })

  it('undoes the others where somebody has locked one since', () => {
    const { dropIn, before } = openPage({ attributes: teams })
    Object.defineProperty(XMLHttpRequest.prototype, 'send', { configurable: false })
    dropIn.restore()
    expect(changedSince(before)).toEqual(['XMLHttpRequest.prototype.send'])
    expect(dropIn.patched).toEqual([])
  })
})

function entry(name: string): PerformanceEntry {
  return { name, entryType: 'resource', startTime: 0, duration: 0, toJSON: () => ({}) }
}

it('keeps its notes under the client ID, and never a token', async () => {
  const { auth } = openPage({ attributes: teams })
  await settled()
  expect(auth.calls.getToken).toHaveLength(1)
  const notes = JSON.stringify([{ ...window.sessionStorage }, { ...window.localStorage }])
  expect(notes).toContain(clientId)
  expect(notes).not.toContain('T0KEN')
})
