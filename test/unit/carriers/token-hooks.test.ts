import { afterEach, describe, expect, it, vi } from 'vitest'
import { createAuth, tokenHooks } from '../../../src/index.js'
import { createTestAuth } from '../../../src/testing/test-auth.js'
import { accessToken, adele, bob, ownScopes, tenantId } from '../jwt.js'

const url = 'wss://chat.example/live'
const a = accessToken({ objectId: adele }).account
const b = accessToken({ objectId: bob }).account
const signedIn = { status: 'signed-in', account: a } as const

afterEach(() => vi.unstubAllGlobals())

describe('tokenHooks', () => {
  it('looks at the cached token without waiting', async () => {
    const auth = createTestAuth({ status: 'starting' })
    const { peek } = tokenHooks(auth, url)
    expect(peek()).toBeUndefined()
    auth.set(signedIn)
    expect(peek()?.token).toBe((await auth.getToken()).token)
    auth.set({ status: 'signed-out', reason: 'expired', account: a })
    expect(peek()).toBeUndefined()
  })

  it('tells of new tokens, wake-ups and the account, each until its undo', () => {
    const auth = createTestAuth(signedIn)
    const hooks = tokenHooks(auth, url)
    const heard: unknown[] = []
    const undos = [
      hooks.onToken(({ token, account }) => heard.push([token, account.key])),
      hooks.onWake(() => heard.push('wake')),
      hooks.onAccount((account) => heard.push(account?.key)),
    ]
    auth.renew('next')
    auth.wake()
    auth.switchAccount(b)
    auth.signOutElsewhere()
    expect(heard).toEqual([['next', a.key], 'wake', b.key, [expect.any(String), b.key], undefined])
    for (const undo of undos) undo()
    auth.set(signedIn)
    auth.renew()
    auth.wake()
    expect(heard).toHaveLength(5)
  })

  it('keeps a raw WebSocket in step, and its URL free of the token', () => {
    const auth = createTestAuth(signedIn, { token: 'secret' })
    const hooks = tokenHooks(auth, url)
    const sent: string[] = []
    const opened: string[] = []
    const open = (address: string) => {
      opened.push(address)
      sent.push(`auth ${hooks.peek()?.token}`)
    }
    open(url)
    hooks.onToken(({ token }) => sent.push(`auth ${token}`))
    hooks.onAccount((account) => (account ? open(url) : sent.push('close')))
    auth.renew('secret 2')
    auth.signOutElsewhere()
    expect(sent).toEqual(['auth secret', 'auth secret 2', 'close'])
    expect(opened.join()).not.toContain('secret')
  })

  it.each([
    'ws://chat.example/',
    'http://chat.example/',
    'wss://*.example/',
    'wss://u:p@chat.example/',
    'ftp://x.example/',
    '',
    7,
  ])('refuses to be for %s', (address) => {
    expect(() => tokenHooks(createTestAuth(signedIn), address as string)).toThrow(/`url` must be/)
  })

  it.each([
    'wss://chat.example/live',
    'WSS://chat.example/',
    'https://chat.example/hub',
    'ws://localhost:5000/',
    '/live',
  ])('can be for %s', (address) => {
    expect(tokenHooks(createTestAuth(signedIn), address).peek()).toBeDefined()
  })

  it('refuses an address that is no text, which could change', () => {
    expect(() => tokenHooks(createTestAuth(signedIn), new URL(url) as never)).toThrow(/`url` must be/)
  })

  it('finds what an Auth of another copy of twodoor keeps to itself', () => {
    const auth = createTestAuth(signedIn)
    const foreign = { [Symbol.for('twodoor')]: { peek: () => 'of another copy' } } as never
    expect(tokenHooks(foreign, url).peek()).toBe('of another copy')
    expect(Object.keys(auth)).not.toContain('twodoor')
  })

  it('refuses what cannot tell any of this, by name', () => {
    expect(() => tokenHooks({ getToken: async () => accessToken() } as never, url)).toThrow(/`auth` must be an Auth/)
    expect(() => tokenHooks(undefined as never, url)).toThrow(/`auth` must be an Auth/)
  })

  it('tells nothing on a server', () => {
    vi.stubGlobal('window', undefined)
    const auth = createAuth({ clientId: tenantId, tenant: tenantId, scopes: ownScopes })
    const { peek, onToken, onWake, onAccount } = tokenHooks(auth, url)
    expect(peek()).toBeUndefined()
    for (const subscribe of [onToken, onWake, onAccount]) expect(subscribe(() => {})()).toBeUndefined()
  })
})
