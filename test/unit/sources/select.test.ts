import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Host } from '../../../src/page/host.js'
import { createSignedOutFlag } from '../../../src/page/signed-out-flag.js'
import { checkOptions } from '../../../src/settings.js'
import * as load from '../../../src/sources/load.js'
import { writePendingRedirect } from '../../../src/sources/msal/redirect-notes.js'
import { chooseSource } from '../../../src/sources/select.js'
import type { AccessToken, Refusal, TokenRequest } from '../../../src/sources/source.js'
import { fakeWindow } from '../fake-window.js'
import { accessToken, ownScopes, tenantId } from '../jwt.js'

type Answer = AccessToken | Refusal

vi.mock('../../../src/sources/load.js', () => ({
  loadMsal: vi.fn(),
  loadTeams: vi.fn(),
  load: (parts: () => Promise<object>) => parts(),
}))
vi.mock('../../../src/sources/msal/redirect.js', () => ({ openRedirectSource: () => openRedirectSource() }))
vi.mock('../../../src/sources/msal/nested.js', () => ({ openNestedSource: () => openNestedSource() }))
vi.mock('../../../src/sources/teams/teams.js', () => ({
  openTeamsSource: (context: typeof inTeams) => openTeamsSource(context),
}))

const noAccount: Refusal = { refused: 'sign_in_required', noAccount: true }
const failure = { refused: 'unavailable' as const, message: 'A part of twodoor could not be loaded.' }
const own: TokenRequest = { scopes: ownScopes, fresh: false }
const uncertain: Host = { kind: 'teams', certain: false, reasons: ['the page is framed'] }

const door = () => ({
  start: vi.fn(async (): Promise<Answer> => accessToken()),
  acquire: vi.fn(async (): Promise<Answer> => accessToken()),
  signIn: vi.fn(async (): Promise<Answer> => accessToken()),
  changed: () => false,
  forget() {},
  signOut: vi.fn(async (): Promise<Refusal | undefined> => undefined),
})
const redirect = door()
const teams = { ...door(), kind: 'teams-sso', connected: false, dispose: vi.fn() }
const openRedirectSource = vi.fn(async (): Promise<object> => redirect)
const openNestedSource = vi.fn(async (): Promise<object> => door())
const openTeamsSource = vi.fn((context: typeof inTeams) => {
  inTeams = context
  return teams
})
let inTeams: { onLateHost(): void; openNested(): Promise<object> }

function setUp(host: Partial<Host> = {}) {
  const { window } = fakeWindow()
  const onHostKnown = vi.fn()
  const disposal = new AbortController()
  const signedOutFlag = createSignedOutFlag(window, tenantId)
  const source = chooseSource({
    settings: checkOptions({ clientId: tenantId, tenant: tenantId, scopes: ownScopes }, window.location.href),
    window,
    onHostKnown,
    host: { kind: 'browser', certain: true, reasons: [], ...host },
    response: undefined,
    signedOutFlag,
    disposed: disposal.signal,
    nativeFetch: () => Promise.reject(new TypeError('no network here')),
    now: () => Date.now(),
    emit() {},
    onLateToken() {},
    onAppChange() {},
    onSignedIn() {},
  })
  return { source, window, signedOutFlag, onHostKnown, dispose: () => disposal.abort() }
}

beforeEach(() => {
  vi.mocked(load.loadMsal).mockResolvedValue({} as never)
  vi.mocked(load.loadTeams).mockResolvedValue({} as never)
})

afterEach(() => {
  for (const mock of [...Object.values(redirect), ...Object.values(teams), openRedirectSource, openNestedSource])
    if (vi.isMockFunction(mock)) mock.mockReset()
  vi.mocked(load.loadMsal).mockReset()
  vi.mocked(load.loadTeams).mockReset()
  teams.connected = false
})

it.each<[Host['kind'], object, number]>([
  ['browser', { popup: true }, 1],
  ['browser', {}, 0],
  ['teams', { popup: true }, 0],
  ['framed', { popup: true }, 0],
])('a sign-in in %s with %o opens %i windows', (kind, how, windows) => {
  const { source, window } = setUp({ kind })
  const open = vi.fn(() => null)
  Object.assign(window, { open })
  expect(source.openPopup?.({ scopes: ownScopes, ...how })).toBe(windows ? null : undefined)
  expect(open).toHaveBeenCalledTimes(windows)
})

describe('a browser', () => {
  it('never loads teams-js', async () => {
    const { source } = setUp()
    await source.start({ announceOnly: false })
    await source.acquire(own)
    await source.signIn(own)
    await source.signOut({ entra: false })
    expect(source.kind).toBe('redirect')
    expect(load.loadTeams).not.toHaveBeenCalled()
    expect(openRedirectSource).toHaveBeenCalledTimes(1)
  })

  it('loads nothing to sign out here: what MSAL keeps is removed as it lies in storage', async () => {
    const { source, window } = setUp()
    const key = `msal.3|user.tenant|login|idtoken|${tenantId}|tenant||`
    window.localStorage.setItem(key, 'x')
    window.sessionStorage.setItem(`twodoor.${tenantId}.request`, '[]')
    source.forget('here')
    expect(window.localStorage.getItem(key)).toBeNull()
    expect(window.sessionStorage.getItem(`twodoor.${tenantId}.request`)).toBeNull()
    expect(await source.signOut({ entra: false })).toBeUndefined()
    expect(load.loadMsal).not.toHaveBeenCalled()
  })

  it.each([
    ['here', 'goes', null],
    ['elsewhere', 'stays: another tab may be storing the next sign-in', '{}'],
  ] as const)('after a sign-out %s, an account without tokens %s', (signedOut, _, kept) => {
    const { source, window } = setUp()
    const account = 'msal.3|user.tenant|login|tenant'
    window.localStorage.setItem(account, '{}')
    window.localStorage.setItem('msal.3.account.keys', JSON.stringify([account]))
    source.forget(signedOut)
    expect(window.localStorage.getItem(account)).toBe(kept)
  })

  it('signed out, removes what a tab kept that did not hear of it, unless an answer is being worked on', async () => {
    const { source, window } = setUp()
    const key = `msal.3|user.tenant|login|accesstoken|${tenantId}|tenant|a|`
    window.sessionStorage.setItem(key, 'x')
    window.sessionStorage.setItem('msal.interaction.status', JSON.stringify({ clientId: tenantId, type: 'signin' }))
    await source.start({ announceOnly: true })
    expect(window.sessionStorage.getItem(key)).toBe('x')
    window.sessionStorage.removeItem('msal.interaction.status')
    await source.start({ announceOnly: true })
    expect(window.sessionStorage.getItem(key)).toBeNull()
  })

  it('signed out, removes the tokens from before the sign-out also where an abandoned sign-in is noted', async () => {
    const { source, window, signedOutFlag } = setUp()
    const keyOf = (scope: string) => `msal.3|user.tenant|login|accesstoken|${tenantId}|tenant|${scope}|`
    signedOutFlag.set()
    const store = (scope: string, lastUpdatedAt: number) =>
      window.sessionStorage.setItem(keyOf(scope), JSON.stringify({ lastUpdatedAt: `${lastUpdatedAt}` }))
    store('before', signedOutFlag.at() - 1_000)
    store('since', signedOutFlag.at() + 1)
    window.sessionStorage.setItem('msal.interaction.status', JSON.stringify({ clientId: tenantId, type: 'signin' }))
    await source.start({ announceOnly: true })
    const kept = Object.keys({ ...window.sessionStorage }).filter((key) => key.includes('accesstoken'))
    expect(kept).toEqual([keyOf('since')])
  })

  it('takes the state of its own sign-out out of the URL, and of no other', async () => {
    const { source, window } = setUp()
    for (const id of ['ours', 'theirs']) {
      writePendingRedirect(window, tenantId, { id: 'ours', returnTo: '/', silent: false, automatic: false })
      window.location.href = `https://app.example/?a=1&state=bXNhbA%3D%3D%7C${id}`
      await source.start({ announceOnly: true })
      expect(window.location.search).toBe(id === 'ours' ? '?a=1' : '?a=1&state=bXNhbA%3D%3D%7Ctheirs')
    }
  })

  it('loads nothing after a sign-out here', async () => {
    const { source } = setUp()
    expect(await source.start({ announceOnly: true })).toEqual(noAccount)
    expect(load.loadMsal).not.toHaveBeenCalled()
  })

  it.each(['start', 'acquire', 'signIn', 'signOut'] as const)(
    'refuses %s where MSAL cannot be loaded, and tries anew',
    async (call) => {
      vi.mocked(load.loadMsal).mockResolvedValueOnce(failure)
      const { source } = setUp()
      const use = () => source[call]({ ...own, announceOnly: false, entra: true })
      expect(await use()).toEqual(failure)
      await use()
      expect(redirect[call]).toHaveBeenCalledTimes(1)
    },
  )

  it('says in words why the session at Entra ID was not ended', async () => {
    redirect.signOut.mockResolvedValueOnce({ refused: 'unsupported', why: 'storage_blocked' })
    const { source } = setUp()
    await source.start({ announceOnly: false })
    const refusal = await source.signOut({ entra: true })
    expect(refusal).toMatchObject({ refused: 'unsupported', message: expect.stringContaining('Storage is blocked') })
  })

  it('tries anew where opening the door threw', async () => {
    const cause = new Error('broken')
    openRedirectSource.mockRejectedValueOnce(cause)
    const { source } = setUp()
    expect(await source.acquire(own)).toMatchObject({ refused: 'unsupported', why: 'thrown', cause })
    expect(await source.acquire(own)).toHaveProperty('token')
  })

  it('can be disposed of before anything is open', () => {
    setUp().source.dispose()
  })

  it('opens nothing that was loaded for an Auth that is disposed of meanwhile', async () => {
    const { source, dispose } = setUp()
    const starting = source.start({ announceOnly: false })
    dispose()
    expect(await starting).toEqual({ refused: 'disposed' })
    expect(openRedirectSource).not.toHaveBeenCalled()
  })
})

describe('a foreign frame', () => {
  it('fails as framed where MSAL knows nobody', async () => {
    redirect.start.mockResolvedValue(noAccount)
    expect(await setUp({ kind: 'framed' }).source.start({ announceOnly: false })).toMatchObject({ refused: 'framed' })
  })

  it('gives the token of an account that MSAL still holds', async () => {
    expect(await setUp({ kind: 'framed' }).source.start({ announceOnly: false })).toHaveProperty('token')
  })
})

describe('a host of Microsoft 365', () => {
  it('does not load MSAL for single sign-on', async () => {
    const { source } = setUp({ kind: 'teams' })
    await source.start({ announceOnly: false })
    await source.acquire(own)
    expect(source.kind).toBe('teams-sso')
    expect(load.loadMsal).not.toHaveBeenCalled()
  })

  it('that is certain and does not answer stays one', async () => {
    const { source, onHostKnown } = setUp({ kind: 'teams' })
    teams.start.mockResolvedValue({ refused: 'host_timeout' })
    expect(await source.start({ announceOnly: false })).toEqual({ refused: 'host_timeout' })
    expect(onHostKnown).not.toHaveBeenCalled()
    expect(source.kind).toBe('teams-sso')
  })

  it('is not talked to for an Auth that is disposed of during the download', async () => {
    const { source, dispose } = setUp({ kind: 'teams' })
    const starting = source.start({ announceOnly: false })
    dispose()
    expect(await starting).toEqual({ refused: 'disposed' })
    expect(teams.start).not.toHaveBeenCalled()
  })

  it('opens nested app auth once, and anew after a refusal', async () => {
    const { source } = setUp({ kind: 'teams' })
    await source.start({ announceOnly: false })
    openNestedSource.mockResolvedValueOnce({ refused: 'host_timeout' })
    expect(await inTeams.openNested()).toEqual({ refused: 'host_timeout' })
    const nested = await inTeams.openNested()
    expect(await inTeams.openNested()).toBe(nested)
  })
})

describe('a frame that cannot be told from a host', () => {
  it('is a foreign one where nobody answers, in every start from then on', async () => {
    const { source, onHostKnown } = setUp(uncertain)
    teams.start.mockResolvedValue({ refused: 'host_timeout' })
    redirect.start.mockResolvedValueOnce({ refused: 'unavailable' }).mockResolvedValue(noAccount)
    expect(await source.start({ announceOnly: false })).toEqual({ refused: 'unavailable' })
    expect(onHostKnown).toHaveBeenCalledWith(expect.objectContaining({ kind: 'framed', certain: true }))
    expect(source.kind).toBe('redirect')
    expect(await source.start({ announceOnly: false })).toMatchObject({ refused: 'framed' })
  })

  it('is none where the host has answered but gives no token in time', async () => {
    const { source } = setUp(uncertain)
    teams.connected = true
    teams.start.mockResolvedValue({ refused: 'host_timeout' })
    expect(await source.start({ announceOnly: false })).toEqual({ refused: 'host_timeout' })
    expect(load.loadMsal).not.toHaveBeenCalled()
  })

  it('loads no MSAL for somebody who signed out here', async () => {
    const { source } = setUp(uncertain)
    teams.start.mockResolvedValue({ refused: 'host_timeout' })
    expect(await source.start({ announceOnly: true })).toEqual(noAccount)
    expect(load.loadMsal).not.toHaveBeenCalled()
  })

  it('is a host after all when it answers late', async () => {
    const { source } = setUp(uncertain)
    teams.start.mockResolvedValue({ refused: 'host_timeout' })
    redirect.start.mockResolvedValue(noAccount)
    await source.start({ announceOnly: false })
    inTeams.onLateHost()
    expect(source.kind).toBe('teams-sso')
    await source.signIn(own)
    expect(teams.signIn).toHaveBeenCalledTimes(1)
  })

  it('ends with its host', async () => {
    const { source } = setUp(uncertain)
    await source.start({ announceOnly: false })
    source.dispose()
    expect(teams.dispose).toHaveBeenCalledTimes(1)
  })
})
