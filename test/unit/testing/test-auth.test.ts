import { expect, test, vi } from 'vitest'
import type { AuthStatus } from '../../../src/account/state.js'
import { internalsOf } from '../../../src/carriers/internals.js'
import { type Account, accountOf, readClaims } from '../../../src/shared/claims.js'
import { AuthError } from '../../../src/shared/errors.js'
import { createEntraEmulator } from '../../../src/testing/entra/entra.js'
import { createTestAuth } from '../../../src/testing/test-auth.js'
import { testAccount } from '../../../src/testing/test-state.js'
import { refusalOf } from '../invalid-options.js'

const account: Account = {
  key: 'entra:t:a',
  tenantId: 't',
  objectId: 'a',
  username: 'adele@contoso.example',
  name: 'Adele Ö',
}
const other: Account = { key: 'entra:t:b', tenantId: 't', objectId: 'b' }
const signedIn: AuthStatus = { status: 'signed-in', account }
const nobody: AuthStatus = { status: 'signed-out', reason: 'no-account' }

test('is in the state that the test says, and tells its listeners until the undo', () => {
  const auth = createTestAuth(nobody)
  const heard = vi.fn()
  const undo = auth.subscribe(heard)
  auth.set(signedIn)
  undo()
  auth.set(nobody)
  expect(heard.mock.calls.map(([state]) => state.status)).toEqual(['signed-in'])
  expect(auth.state).toMatchObject({ ...nobody, host: { kind: 'browser' } })
  expect(Object.isFrozen(auth.state)).toBe(true)
})

test.each([
  ['starting', { status: 'starting' }],
  ['signed-in', { status: 'signed-in', account: testAccount }],
  ['signed-out', { status: 'signed-out', reason: 'no-account' }],
  ['failed', { status: 'failed', error: { code: 'unavailable' } }],
] as const)('takes the name of a status alone: %s', (name, expected) => {
  expect(createTestAuth(name).state).toMatchObject(expected)
  const auth = createTestAuth(name === 'starting' ? nobody : 'starting')
  auth.set(name)
  expect(auth.state).toMatchObject(expected)
})

test('signs in the first user of the Entra emulator where only the status is named', async () => {
  const entra = await createEntraEmulator()
  const { token } = await createTestAuth('signed-in').getToken()
  expect(accountOf(readClaims(token))).toEqual(testAccount)
  expect(accountOf(readClaims(await entra.mint('adele@contoso.example')))).toEqual(testAccount)
  entra.dispose()
})

test.each([undefined, null, 'signedin', 'no-account', {}, { status: 'signedIn' }, 1])(
  'refuses %s as a state',
  (wrong) => {
    const auth = createTestAuth(nobody)
    for (const attempt of [() => createTestAuth(wrong as never), () => auth.set(wrong as never)])
      expect(refusalOf(attempt)).toContain("for example 'signed-in'")
    expect(auth.state).toMatchObject(nobody)
  },
)

test('names the account of its tokens without TextEncoder, which the jsdom of Jest does not have', async () => {
  vi.stubGlobal('TextEncoder', undefined)
  const { token } = await createTestAuth(signedIn).getToken()
  vi.unstubAllGlobals()
  expect(accountOf(readClaims(token))).toEqual(account)
})

test('takes over a host, and keeps it', () => {
  const host = { kind: 'teams', certain: true, reasons: [], theme: 'dark' } as const
  const auth = createTestAuth({ ...signedIn, host })
  expect(auth.state.host).toBe(host)
  auth.set(nobody)
  expect(auth.state.host).toBe(host)
  auth.set({ ...nobody, host: { ...host, theme: 'default' } })
  expect(auth.state.host.theme).toBe('default')
})

test('is ready with the first state after starting', async () => {
  const auth = createTestAuth({ status: 'starting' })
  auth.set(signedIn)
  auth.set(nobody)
  expect(await auth.ready).toMatchObject({ status: 'signed-in' })
  expect(await createTestAuth(nobody).ready).toMatchObject(nobody)
})

test('gives a token that names the account, the same one until it is rejected', async () => {
  const { getToken } = createTestAuth(signedIn)
  const first = await getToken()
  expect(accountOf(readClaims(first.token))).toEqual(account)
  expect(first).toMatchObject({ account, scopes: ['api://app.example/access_as_user'] })
  expect(first.expiresOnTimestamp).toBeGreaterThan(Date.now())
  expect((await getToken('User.Read')).token).toBe(first.token)
  const second = await getToken(undefined, { rejectedToken: first.token })
  expect(second.token).not.toBe(first.token)
  expect((await getToken(undefined, { rejectedToken: first.token })).token).toBe(second.token)
})

test('gives another token to another account, and after an hour', async () => {
  let now = 0
  const auth = createTestAuth(signedIn, { now: () => now })
  const { token, expiresOnTimestamp } = await auth.getToken()
  now = expiresOnTimestamp
  expect((await auth.getToken()).token).not.toBe(token)
  auth.set({ status: 'signed-in', account: other })
  expect(readClaims((await auth.getToken()).token)).toMatchObject({ oid: 'b' })
})

test('gives the token that it was given', async () => {
  const auth = createTestAuth(signedIn, { token: 'mine' })
  expect((await auth.getToken(['a', 'b'])).token).toBe('mine')
  expect(auth.calls.getToken).toEqual([['a', 'b']])
})

test.each<[AuthStatus, string]>([
  [nobody, 'sign_in_required'],
  [{ status: 'signed-out', reason: 'expired', account }, 'sign_in_required'],
  [{ status: 'signed-out', reason: 'by-user' }, 'sign_in_required'],
  [{ status: 'signed-out', reason: 'consent' }, 'consent_required'],
  [{ status: 'failed', error: new AuthError('offline', { phase: 'source' }) }, 'offline'],
])('gives no token while %o', async (status, code) => {
  const send = vi.fn()
  const auth = createTestAuth(status, { fetch: send })
  await expect(auth.getToken()).rejects.toMatchObject({ name: 'AuthError', code })
  await expect(auth.fetch('/api')).rejects.toMatchObject({ code })
  expect(send).not.toHaveBeenCalled()
})

test('waits while starting, unless the call is aborted', async () => {
  const auth = createTestAuth({ status: 'starting' })
  const waiting = auth.getToken()
  const abort = new AbortController()
  const aborted = auth.getToken(undefined, { abortSignal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  await expect(auth.getToken(undefined, { abortSignal: abort.signal })).rejects.toThrow('enough')
  auth.set(signedIn)
  expect(await waiting).toMatchObject({ account })
})

/** A server that takes only the tokens that `accepts` says. */
function server(accepts: (authorization: string | null) => boolean) {
  const seen: [string, string | null][] = []
  const send: typeof fetch = async (input, init) => {
    const authorization = new Headers(init?.headers).get('authorization')
    seen.push([String(input), authorization])
    return new Response(null, { status: accepts(authorization) ? 200 : 401 })
  }
  return { seen, send }
}

test('sends the token to this origin, or to what the test protects, and nowhere else', async () => {
  const { seen, send } = server(() => true)
  const { fetch } = createTestAuth(signedIn, { token: 'mine', fetch: send })
  await fetch('/api')
  await fetch('https://elsewhere.example/')
  const { fetch: narrow } = createTestAuth(signedIn, {
    token: 'mine',
    fetch: send,
    protectedResources: ['https://api.example/v1'],
  })
  await narrow('https://api.example/v1/me')
  await narrow('/api')
  expect(seen.map(([, authorization]) => authorization)).toEqual(['Bearer mine', null, 'Bearer mine', null])
  expect(() => createTestAuth(signedIn, { protectedResources: ['ftp://x'] })).toThrow(AuthError)
})

test('replays a refused call once, with another token', async () => {
  const { seen, send } = server((authorization) => seen.length > 1 && authorization !== seen[0]?.[1])
  const { fetch } = createTestAuth(signedIn, { fetch: send })
  expect((await fetch('/api')).status).toBe(200)
  expect(seen).toHaveLength(2)
})

test('keeps what was called, and changes nothing by it', async () => {
  const { signIn, signOut, calls, ...auth } = createTestAuth(signedIn)
  await signIn({ prompt: 'login' })
  await signIn()
  await signOut({ entra: true })
  expect(calls).toMatchObject({ signIn: [{ prompt: 'login' }, undefined], signOut: [{ entra: true }], getToken: [] })
  expect(auth.state.status).toBe('signed-in')
})

test('explains itself without a token', async () => {
  const auth = createTestAuth(signedIn, { token: 's3cret' })
  await auth.getToken()
  expect(auth.explain()).toMatchObject({ status: 'signed-in', source: undefined })
  expect(JSON.stringify([auth.explain(), auth])).not.toContain('s3cret')
})

test('is disposed for good', async () => {
  const auth = createTestAuth({ status: 'starting' })
  const waiting = auth.getToken()
  auth.dispose()
  auth.dispose()
  auth.set(signedIn)
  await expect(waiting).rejects.toMatchObject({ code: 'disposed' })
  await expect(auth.getToken()).rejects.toMatchObject({ code: 'disposed' })
  expect(auth.state.status).toBe('failed')
})

test('tells carriers that it is disposed before the listeners of the app, as an Auth does', () => {
  const auth = createTestAuth(signedIn)
  const seen: boolean[] = []
  auth.subscribe(() => seen.push(internalsOf(auth)?.disposed.aborted === true))
  auth.dispose()
  expect(seen).toEqual([true])
})

test('a sign-in that has expired keeps its account for sockets, as that of an Auth does; a sign-out ends it', () => {
  const account: Account = { key: 'entra:t:o', tenantId: 't', objectId: 'o' }
  const auth = createTestAuth({ status: 'signed-in', account })
  auth.set({ status: 'signed-out', reason: 'expired', account })
  auth.set({ status: 'signed-in', account })
  expect(internalsOf(auth)?.accounts()).toEqual([account.key])
  auth.signOutElsewhere()
  auth.set({ status: 'signed-in', account })
  expect(internalsOf(auth)?.accounts()).toEqual([account.key, undefined, account.key])
})
