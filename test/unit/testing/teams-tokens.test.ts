import { expect, test, vi } from 'vitest'
import { readClaims } from '../../../src/shared/claims.js'
import type { MintRefusal, TokenMintRequest } from '../../../src/testing/teams/mint.js'
import { nestedStatuses, ssoFailures } from '../../../src/testing/teams/settings.js'
import { adele, alex, openHost } from './teams-host.js'

test('asks Entra ID for the app, in the name of the host', async () => {
  const { getToken, mint, emulator } = openHost()
  await getToken()
  expect(mint.mock.calls[0]?.[0]).toEqual({
    user: adele,
    clientId: 'c1111111-2222-4333-8444-555555555555',
    authorizedParty: '5e3ce6c0-2b1f-4285-8d4b-75ee78787346',
    purpose: 'sso',
  })
  for (const [hostName, clientType, party] of [
    ['TeamsModern', 'desktop', '1fec8e78-bce4-4aaf-ab1b-5451cc387264'],
    ['TeamsModern', 'ios', '1fec8e78-bce4-4aaf-ab1b-5451cc387264'],
    ['Outlook', 'web', 'bc59ab01-8403-45c6-8796-ac3ef710b3e3'],
    ['Outlook', 'android', '27922004-5251-4030-b22d-91ecd9a37ea4'],
    ['Office', 'web', '4765445b-32c6-49b0-83e6-1d93765276ca'],
  ] as const) {
    emulator.set({ hostName, clientType, cacheTokens: false })
    await getToken()
    expect(mint.mock.lastCall?.[0].authorizedParty).toBe(party)
  }
})

test('keeps the token until it expires, for each user', async () => {
  let now = 1_000_000
  const { getToken, emulator } = openHost({ now: () => now })
  const first = await getToken()
  now += 3_599_999
  expect(await getToken()).toEqual(first)
  emulator.setUser(alex)
  expect(await getToken()).not.toEqual(first)
  emulator.setUser(adele)
  expect(await getToken()).toEqual(first)
  now += 1
  expect(await getToken()).not.toEqual(first)
})

test('gets another token without a cache, for a claims challenge, and after the cache was cleared', async () => {
  const { getToken, emulator, mint } = openHost()
  const seen = [await getToken()]
  seen.push(await getToken(true, ['{"access_token":{}}']))
  expect(mint.mock.lastCall?.[0].claims).toBe('{"access_token":{}}')
  expect(await getToken()).toEqual(seen[1])
  emulator.clearTokenCache()
  seen.push(await getToken())
  emulator.set({ cacheTokens: false })
  seen.push(await getToken())
  expect(new Set(seen.map((answer) => answer?.[1])).size).toBe(4)
})

test.each([...ssoFailures, 'a message that nobody knows'])('refuses with "%s"', async (sso) => {
  const { getToken, mint } = openHost({ sso })
  expect(await getToken()).toEqual([false, sso])
  expect(mint).not.toHaveBeenCalled()
})

test('lets a function decide, which sees the request', async () => {
  const { getToken, emulator } = openHost()
  const sso = vi.fn(({ silent }: { silent: boolean }) => (silent ? 'uiRequired' : 'ok'))
  emulator.set({ sso })
  expect(await getToken(true)).toEqual([false, 'uiRequired'])
  expect(await getToken(false, ['c'])).toEqual([true, 't0ken-1'])
  expect(sso.mock.lastCall?.[0]).toEqual({ silent: false, claims: ['c'], resources: [], tenantId: undefined })
})

test('counts a call that does not say silent as interactive', async () => {
  const { ask, emulator } = openHost()
  emulator.requireConsent()
  expect(await ask('authentication.getAuthToken')).toEqual([true, 't0ken-1'])
})

test.each<[MintRefusal, string]>([
  [{ error: 'invalid_grant', subError: 'consent_required' }, 'resourceRequiresConsent'],
  [{ error: 'consent_required' }, 'resourceRequiresConsent'],
  [{ error: 'interaction_required' }, 'resourceRequiresMfa'],
  [{ error: 'invalid_grant' }, 'uiRequired'],
  [{ error: 'invalid_resource' }, 'resourceDisabled'],
])('says what Entra ID refuses with in the words of the host: %o', async (refusal, message) => {
  const { getToken } = openHost({ mint: async () => refusal })
  expect(await getToken()).toEqual([false, message])
})

test('answers even if the mint cannot be reached or a function of the settings throws', async () => {
  const fail = () => Promise.reject(new Error('offline s3cret'))
  const unreachable = openHost({ mint: fail })
  expect(await unreachable.getToken()).toEqual([false, 'Unexpected'])
  expect((await unreachable.nested('GetToken'))?.error?.status).toBe('TRANSIENT_ERROR')
  const throwing = openHost({
    sso() {
      throw new Error('of the test')
    },
    nestedFailure() {
      throw new Error('of the test')
    },
  })
  expect(await throwing.getToken()).toEqual([false, 'Unexpected'])
  expect((await throwing.nested('GetToken'))?.error?.status).toBe('TRANSIENT_ERROR')
  const undecided = openHost({ consent: fail })
  undecided.emulator.requireConsent()
  expect(await undecided.getToken(false)).toEqual([false, 'Unexpected'])
})

test('shares the consent between Teams SSO and nested app auth', async () => {
  const { getToken, nested, emulator } = openHost()
  emulator.requireConsent()
  expect(await getToken()).toEqual([false, 'resourceRequiresConsent'])
  expect((await nested('GetToken'))?.error).toMatchObject({
    status: 'USER_INTERACTION_REQUIRED',
    subError: 'consent_required',
  })
  emulator.set({ consent: async () => 'cancel' })
  expect(await getToken(false)).toEqual([false, 'CancelledByUser'])
  expect((await nested('GetTokenPopup'))?.error?.status).toBe('USER_CANCEL')
  emulator.set({ consent: undefined })
  expect((await nested('GetTokenPopup'))?.success).toBe(true)
  expect((await getToken())?.[0]).toBe(true)
})

test('asks for the consent that Entra ID lacks, and only in a dialog; whoever declines keeps what they have', async () => {
  const refused: MintRefusal = { error: 'invalid_grant', subError: 'consent_required' }
  const mint = vi.fn(async ({ purpose, consented }: TokenMintRequest) =>
    purpose === 'sso' || consented ? { token: 't0ken', expiresInSeconds: 3600 } : refused,
  )
  const { nested, getToken, emulator } = openHost({ mint })
  expect((await nested('GetToken', { scope: 'User.Read' }))?.error).toMatchObject({ subError: 'consent_required' })
  expect(mint).toHaveBeenCalledTimes(1)
  emulator.set({ consent: 'cancel' })
  expect((await nested('GetTokenPopup', { scope: 'User.Read' }))?.error?.status).toBe('USER_CANCEL')
  expect((await getToken())?.[0]).toBe(true)
  emulator.set({ consent: undefined })
  expect((await nested('GetTokenPopup', { scope: 'User.Read' }))?.success).toBe(true)
})

test('refuses a token that was cached before the consent was taken back', async () => {
  const { getToken, emulator } = openHost()
  await getToken()
  emulator.requireConsent()
  expect(await getToken()).toEqual([false, 'resourceRequiresConsent'])
})

const refusal: MintRefusal = { error: 'interaction_required', subError: 'basic_action' }
const afterSecondFactor = () =>
  vi.fn(async ({ secondFactor }: TokenMintRequest) => (secondFactor ? { token: 't', expiresInSeconds: 1 } : refusal))

test.each(['sso', 'nested'] as const)(
  'asks for a second factor in a window of its own where it may: %s',
  async (door) => {
    const mint = afterSecondFactor()
    const secondFactor = vi.fn(async () => 'approve' as const)
    const { getToken, nested } = openHost({ mint, secondFactor })
    const ask = (silent: boolean) =>
      door === 'sso' ? getToken(silent, ['{}']) : nested(silent ? 'GetToken' : 'GetTokenPopup', { claims: '{}' })
    const refused = {
      error: { status: 'USER_INTERACTION_REQUIRED', code: 'interaction_required', subError: 'basic_action' },
    }
    expect(await ask(true)).toMatchObject(door === 'sso' ? [false, 'resourceRequiresMfa'] : refused)
    expect(secondFactor).not.toHaveBeenCalled()
    expect(await ask(false)).toMatchObject(door === 'sso' ? [true, 't'] : { token: { access_token: 't' } })
    expect(mint.mock.calls.map(([{ secondFactor: given }]) => given)).toEqual([undefined, undefined, true])
  },
)

test('is told where the user gives none', async () => {
  const { getToken, nested } = openHost({ mint: afterSecondFactor(), secondFactor: 'cancel' })
  expect(await getToken(false, ['{}'])).toEqual([false, 'CancelledByUser'])
  expect(await nested('GetTokenPopup', { claims: '{}' })).toMatchObject({ error: { status: 'USER_CANCEL' } })
})

test('gives the app a token of its own over the bridge', async () => {
  const { nested, mint } = openHost()
  const answer = await nested('GetToken', { clientId: 'my-app', scope: 'api://x/y  z', claims: '{}' })
  expect(mint.mock.calls[0]?.[0]).toEqual({
    user: adele,
    clientId: 'my-app',
    authorizedParty: 'my-app',
    purpose: 'nested',
    scopes: ['api://x/y', 'z'],
    claims: '{}',
  })
  expect(answer).toMatchObject({ success: true, requestId: 'r1', account: { username: adele.username } })
  expect(answer?.token).toMatchObject({ access_token: 't0ken-1', expires_in: 3600, scope: 'api://x/y z' })
  expect(readClaims(answer?.token?.id_token)).toMatchObject({ oid: adele.objectId, tid: adele.tenantId, aud: 'my-app' })
})

test('passes on the ID token and the scopes that Entra ID gives', async () => {
  const minted = { token: 't', idToken: 'id', expiresInSeconds: 1, scopes: ['granted'] }
  const { nested } = openHost({ mint: async () => minted })
  expect((await nested('GetToken'))?.token).toMatchObject({ id_token: 'id', scope: 'granted' })
})

test.each(nestedStatuses)('refuses over the bridge with %s', async (status) => {
  const { nested, mint } = openHost({ nestedFailure: { status } })
  expect((await nested('GetToken'))?.error).toEqual({ status, code: '', subError: '', description: '' })
  expect((await nested('GetTokenPopup'))?.error?.status).toBe(status)
  expect((await nested('GetInitContext'))?.success).toBe(true)
  expect(mint).not.toHaveBeenCalled()
})

test.each<[MintRefusal, string]>([
  [{ error: 'invalid_grant', subError: 'basic_action', description: 'AADSTS50076' }, 'USER_INTERACTION_REQUIRED'],
  [{ error: 'invalid_scope' }, 'PERSISTENT_ERROR'],
])('says what Entra ID refuses with in the words of the bridge: %o', async (refusal, status) => {
  const { nested } = openHost({ mint: async () => refusal })
  const { error: code, subError = '', description = '' } = refusal
  expect((await nested('GetToken'))?.error).toEqual({ status, code, subError, description })
})

test('names the account at the start only if it is told to', async () => {
  const { nested, emulator } = openHost()
  const homeAccountId = `${adele.objectId}.${adele.tenantId}`
  expect((await nested('GetInitContext'))?.initContext?.accountContext).toMatchObject({ homeAccountId })
  emulator.set({ accountContext: false })
  expect((await nested('GetInitContext'))?.initContext).not.toHaveProperty('accountContext')
})

test('refuses over a bridge that it does not offer, and methods that nobody knows', async () => {
  const { nested, emulator } = openHost()
  expect((await nested('GetActiveAccount'))?.error?.code).toBe('unsupported_method')
  emulator.set({ nested: { recommended: true, bridge: false } })
  expect((await nested('GetToken'))?.error?.status).toBe('DISABLED')
})

test.each([undefined, '', 'x', '{}', 'null', '[]', '{"messageType":"NestedAppAuthRequest"}', 7, {}])(
  'leaves %o on the bridge without an answer',
  async (data) => {
    const { ask, mint } = openHost()
    expect(await ask('nestedAppAuth.execute', [], { data })).toBeUndefined()
    expect(mint).not.toHaveBeenCalled()
  },
)
