import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import createRequire, { type Require } from '../../../src/script-tag/create-require.js'

type Part = HTMLScriptElement & { twodoorPart?: (require: Require, exports: Record<string, unknown>) => void }

const HASH = 'sha384-AbCdEfGhIjKlMnOpQrStUvWx'
let own: Partial<HTMLScriptElement> | null
let asked: Part[]

beforeEach(() => {
  vi.useFakeTimers()
  own = { src: 'https://cdn.contoso.com/libs/twodoor.js?sig=secret#x', nonce: 'n', crossOrigin: null }
  asked = []
  vi.spyOn(Document.prototype, 'currentScript', 'get').mockImplementation(() => own as HTMLScriptElement)
  vi.spyOn(document.head, 'append').mockImplementation((...nodes) => void asked.push(...(nodes as Part[])))
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

function open(parts: Record<string, readonly [string, ...string[]]>): Require {
  const require = createRequire()
  Object.assign(require.parts, parts)
  return require
}

/** The script comes, and does what a part does. */
function come(script: Part | undefined, body: Part['twodoorPart']): void {
  Object.assign(script ?? {}, { twodoorPart: body })
  script?.dispatchEvent(new Event('load'))
}

describe('a part', () => {
  it('is asked for beside the core, with its hash, and with the nonce of the core', async () => {
    const loading = open({ './a.js': [HASH] }).part('./a.js')
    expect(asked[0]?.src).toBe('https://cdn.contoso.com/libs/a.js?MnOpQrStUvWx')
    expect(asked[0]).toMatchObject({ integrity: HASH, nonce: 'n', crossOrigin: 'anonymous' })
    come(asked[0], (_, exports) => Object.assign(exports, { a: 1 }))
    expect(await loading).toEqual({ a: 1 })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is asked for with the credentials that the core was asked for with', () => {
    own = { ...own, crossOrigin: 'use-credentials' }
    void open({ './a.js': [HASH] }).part('./a.js')
    expect(asked[0]?.crossOrigin).toBe('use-credentials')
  })

  it('runs once, however often it is asked for', async () => {
    const require = open({ './a.js': [HASH] })
    const body = vi.fn()
    const both = Promise.all([require.part('./a.js'), require.part('./a.js')])
    come(asked[0], body)
    const [first, second] = await both
    expect(second).toBe(first)
    expect(await require.part('./a.js')).toBe(first)
    expect(require('./a.js')).toBe(first)
    expect([body.mock.calls.length, asked.length]).toEqual([1, 1])
  })

  it('runs after those that it needs, which come at the same time', async () => {
    const require = open({ './a.js': [HASH, './b.js'], './b.js': [HASH] })
    const loading = require.part('./a.js')
    expect(asked).toHaveLength(2)
    come(asked[0], (require, exports) => Object.assign(exports, { a: require('./b.js') }))
    come(asked[1], (_, exports) => Object.assign(exports, { b: 1 }))
    expect(await loading).toEqual({ a: { b: 1 } })
  })

  it('that nobody has the hash of is not asked for', async () => {
    await expect(open({}).part('./a.js')).rejects.toThrow(TypeError)
    expect(asked).toEqual([])
  })

  it.each([
    ['fails', (script: Part | undefined) => script?.dispatchEvent(new Event('error'))],
    ['is something else', (script: Part | undefined) => script?.dispatchEvent(new Event('load'))],
    ['does not come in 30 s', () => vi.advanceTimersByTime(30_000)],
    ['throws', (script: Part | undefined) => come(script, () => expect.unreachable('a bug'))],
  ])('that %s is asked for again by the next call', async (_, fail) => {
    const require = open({ './a.js': [HASH] })
    const loading = require.part('./a.js')
    const outcome = expect(loading).rejects.toThrow(/Failed to load the script https:\S+\/a\.js\?|a bug/)
    fail(asked[0])
    await outcome
    const again = require.part('./a.js')
    come(asked[1], (_, exports) => Object.assign(exports, { a: 1 }))
    expect(await again).toEqual({ a: 1 })
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the address of a part', () => {
  it('goes through one policy of Trusted Types', async () => {
    const createScriptURL = vi.fn((url: string) => url)
    const createPolicy = vi.fn(() => ({ createScriptURL }))
    vi.stubGlobal('trustedTypes', { createPolicy })
    const require = open({ './a.js': [HASH], './b.js': [HASH] })
    void require.part('./a.js')
    void require.part('./b.js')
    expect(createPolicy.mock.calls).toEqual([['twodoor', expect.anything()]])
    expect(createScriptURL.mock.calls.map(([url]) => url)).toEqual(asked.map(({ src }) => src))
  })

  it('is that of a file beside the core, or the policy refuses it', async () => {
    const createPolicy = vi.fn((_name: string, rules: { createScriptURL(url: string): string }) => rules)
    vi.stubGlobal('trustedTypes', { createPolicy })
    const others = ['https://evil.example/x.js', '//evil.example/x.js', '../x.js', '/libs/../x.js']
    const require = open(Object.fromEntries(others.map((path) => [path, [HASH]])))
    for (const path of others) await expect(require.part(path)).rejects.toThrow('is not beside twodoor.js')
    const { createScriptURL } = createPolicy.mock.calls[0]?.[1] ?? expect.unreachable()
    expect(() => createScriptURL('https://cdn.contoso.com.evil.example/libs/a.js')).toThrow('is not beside twodoor.js')
    expect(() => createScriptURL('data:text/javascript,1')).toThrow('is not beside twodoor.js')
    expect(asked).toEqual([])
  })

  it('that the browser refuses is one failure of that call, and leaves nothing behind', async () => {
    vi.spyOn(HTMLScriptElement.prototype, 'src', 'set').mockImplementation(() => {
      throw new TypeError("This document requires 'TrustedScriptURL' assignment.")
    })
    await expect(open({ './a.js': [HASH] }).part('./a.js')).rejects.toThrow('TrustedScriptURL')
    expect([vi.getTimerCount(), asked]).toEqual([0, []])
  })

  it('is left to the browser where the page does not allow that policy', () => {
    const createPolicy = () => expect.unreachable('not allowed')
    vi.stubGlobal('trustedTypes', { createPolicy })
    void open({ './a.js': [HASH] }).part('./a.js')
    expect(asked).toHaveLength(1)
  })
})

it.each([null, {}, { src: '' }])('refuses to begin where it is no file of its own: %j', (script) => {
  own = script
  expect(createRequire).toThrow('<script src>')
})

it('has a place for the exports of each script of the page', () => {
  const require = createRequire()
  Object.assign(require('./twodoor.js'), { a: 1 })
  expect(require('./twodoor.js')).toEqual({ a: 1 })
})
