import { describe, expect, it } from 'vitest'
import { hasSignedInSince, openLastWrite, removeSession } from '../../../../src/sources/msal/accounts.js'
import { ownEntries, removeEntries } from '../../../../src/sources/msal/entries.js'
import { isNewer } from '../../../../src/sources/msal/silent.js'
import { fakeWindow } from '../../fake-window.js'
import { accessToken, bob } from '../../jwt.js'

const id = '11111111-2222-4333-8444-555555555555'
const other = '99999999-2222-4333-8444-555555555555'
const owner = 'user.home|login.microsoftonline.com'

describe('an entry of MSAL', () => {
  it.each([
    `msal.3|${owner}|accesstoken|${id}|tenant|api://x/a b|`,
    `msal.3|${owner}|accesstoken_with_authscheme|${id}|tenant|api://x/a|pop`,
    `msal.3|${owner}|idtoken|${id}|tenant||`,
    `msal.3|${owner}|refreshtoken|${id}|||`,
    `msal.4|${owner}|refreshtoken|${id.toUpperCase()}|||`,
    `user.home-login.windows.net-accesstoken-${id}-tenant-api://x/a--`,
    `msal.3.token.keys.${id}`,
    `msal.token.keys.${id}`,
    `msal.${id}.active-account-filters`,
    `msal.${id}.request.params`,
  ])('%s is of the client ID', (key) => {
    expect(ownEntries(id).test(key)).toBe(true)
  })

  it.each([
    `msal.3|${owner}|accesstoken|${other}|tenant|api://${id}/a|`,
    `msal.3|${owner}|refreshtoken|1|||`,
    `msal.3|${owner}|home`,
    `msal.3.token.keys.${other}`,
    `msal.${other}.active-account-filters`,
    'msal.3.account.keys',
    'msal.interaction.status',
    'msal.version',
    `twodoor.${id}.signed-out`,
    `my-own.${id}`,
  ])('%s is not', (key) => {
    expect(ownEntries(id).test(key)).toBe(false)
  })

  it('cannot be removed where storage is blocked, which is no failure', () => {
    const { window } = fakeWindow({ storage: false })
    expect(() => removeEntries(window, id)).not.toThrow()
    expect(() => removeSession(window, id)).not.toThrow()
    expect(hasSignedInSince(window, id, 0)).toBe(false)
  })
})

describe('the accounts of MSAL', () => {
  it.each(['not JSON', '{}', 'null'])('are left alone where their list is %s', (list) => {
    const { window } = fakeWindow()
    window.localStorage.setItem('msal.3.account.keys', list)
    window.sessionStorage.setItem(`msal.${id}.active-account-filters`, 'x')
    expect(() => removeSession(window, id)).not.toThrow()
    expect(window.localStorage.getItem('msal.3.account.keys')).toBe(list)
    expect(window.sessionStorage.length).toBe(0)
  })

  // The keys of MSAL 5, and of MSAL 4 before its schema had a number.
  it.each([
    { version: 5, list: 'msal.3.account.keys', key: (...parts: string[]) => ['msal.3', ...parts].join('|') },
    { version: 4, list: 'msal.account.keys', key: (...parts: string[]) => parts.join('-') },
  ])('stay for another client ID that has tokens of them, and go with the last: MSAL $version', ({ list, key }) => {
    const { window } = fakeWindow()
    const storage = window.localStorage
    const adele = (...rest: string[]) => key(`${other}.${id}`, 'login.microsoftonline.com', ...rest)
    const bob = (...rest: string[]) => key(`${id}.${other}`, 'login.microsoftonline.com', ...rest)
    storage.setItem(list, JSON.stringify([adele(id), bob(other)]))
    for (const account of [adele(id), bob(other)]) storage.setItem(account, '{}')
    storage.setItem(adele('refreshtoken', other, '', '', ''), '{}')
    storage.setItem(adele('accesstoken', id, id, 'api://x/read', ''), '{}')
    storage.setItem(bob('idtoken', id, other, '', ''), '{}')
    removeSession(window, id)
    expect(storage.getItem(list)).toBe(JSON.stringify([adele(id)]))
    expect(Object.keys(storage).sort()).toEqual([list, adele(id), adele('refreshtoken', other, '', '', '')].sort())
    removeSession(window, other)
    expect(storage.length).toBe(0)
  })
})

describe('a sign-out is outlived', () => {
  const at = 1_700_000_000_000
  it.each([
    ['idtoken', id, { lastUpdatedAt: String(at + 1) }, true],
    ['idtoken', id, { lastUpdatedAt: at + 1, id: 'x', nonce: 'y', data: 'encrypted' }, true],
    ['idtoken', id, { lastUpdatedAt: String(at) }, false],
    ['idtoken', id, {}, false],
    ['idtoken', id, { lastUpdatedAt: 'soon' }, false],
    ['idtoken', id, null, false],
    ['idtoken', other, { lastUpdatedAt: String(at + 1) }, false],
    ['accesstoken', id, { lastUpdatedAt: String(at + 1) }, false],
  ])('by an %s of %s, %o: %s', (type, clientId, entry, isIt) => {
    const { window } = fakeWindow()
    window.localStorage.setItem(`msal.3|${owner}|${type}|${clientId}|tenant||`, JSON.stringify(entry))
    expect(hasSignedInSince(window, id, at)).toBe(isIt)
  })
})

describe('what MSAL stores for an Auth in another tab', () => {
  it('before that tab has heard of the sign-out is no sign-in, and one by another app afterwards is', () => {
    const { window } = fakeWindow()
    const at = Date.now() - 10_000
    const write = (time: number) =>
      window.localStorage.setItem(`msal.3|${owner}|idtoken|${id}|tenant||`, JSON.stringify({ lastUpdatedAt: time }))
    write(at + 1_000)
    openLastWrite(window, id).write(`${at + 1_001}`)
    expect(hasSignedInSince(window, id, at)).toBe(false)
    write(at + 2_000)
    expect(hasSignedInSince(window, id, at)).toBe(true)
  })

  it('with a clock that was fast then hides no sign-in', () => {
    const { window } = fakeWindow()
    const at = Date.now() - 10_000
    openLastWrite(window, id).write(`${Date.now() + 3_600_000}`)
    window.localStorage.setItem(`msal.3|${owner}|idtoken|${id}|tenant||`, JSON.stringify({ lastUpdatedAt: at + 1 }))
    expect(hasSignedInSince(window, id, at)).toBe(true)
  })
})

describe('a cached token', () => {
  const now = 1_700_000_000_000
  const before = accessToken({ now, expiresInMs: 600_000 })
  it.each([
    [600_000, undefined, false],
    [599_000, undefined, false],
    [601_000, undefined, true],
    [300_000, bob, true],
  ])('that expires in %d ms, of %s, is newer: %s', (expiresInMs, objectId, isIt) => {
    expect(isNewer(accessToken({ now, expiresInMs, ...(objectId && { objectId }) }), before)).toBe(isIt)
  })
})

describe('a sign-out', () => {
  it('is not outlived by what was written with a clock that was fast', () => {
    const { window } = fakeWindow()
    const write = (at: number) =>
      window.sessionStorage.setItem(`msal.3|${owner}|idtoken|${id}|tenant||`, JSON.stringify({ lastUpdatedAt: at }))
    const flaggedAt = Date.now() - 1_000
    write(Date.now() + 3_600_000)
    expect(hasSignedInSince(window, id, flaggedAt)).toBe(false)
    write(Date.now())
    expect(hasSignedInSince(window, id, flaggedAt)).toBe(true)
  })
})
