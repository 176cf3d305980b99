import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountOf, readClaims } from '../../../src/shared/claims.js'
import { unsignedToken } from '../../../src/testing/unsigned-token.js'
import { adele, tenantId } from '../jwt.js'

const encode = (text: string) =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')

describe('readClaims', () => {
  it('reads the claims of a token', () => {
    expect(readClaims(unsignedToken({ tid: tenantId, exp: 5 }))).toMatchObject({ tid: tenantId, exp: 5 })
  })

  it('reads names beyond ASCII, which base64url writes with - and _', () => {
    const name = 'Žofie 李 🦊 ÿÿÿ>>>???'
    expect(encode(JSON.stringify({ name }))).toMatch(/[-_]/)
    expect(readClaims(`h.${encode(JSON.stringify({ name }))}.s`)).toEqual({ name })
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['an object', {}],
    ['an object that cannot become a string', Object.create(null)],
    ['an array of parts', ['h', encode('{}'), 's']],
    ['empty text', ''],
    ['an opaque token', 'EwB4A8l6BAAU'],
    ['one part', encode('{}')],
    ['an empty payload', 'h..s'],
    ['a payload that is not base64', 'h.%%%.s'],
    ['a payload that is not JSON', `h.${encode('{')}.s`],
    ['a payload that is a JSON string', `h.${encode('"text"')}.s`],
    ['a payload that is null', `h.${encode('null')}.s`],
    ['a payload that is a list', `h.${encode('[1]')}.s`],
    ['dots alone', '.....'],
    ['an encrypted token, which has five parts', `h.${encode('{}')}.iv.text.tag`],
  ])('reads no claims out of %s', (_, token) => {
    expect(readClaims(token)).toBeUndefined()
  })

  it('never throws, and answers with an object or nothing', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.string({ unit: 'binary' }),
      fc.string().map((payload) => `h.${payload}.s`),
      fc.base64String().map((payload) => `h.${payload}.s`),
      fc.json().map((payload) => `h.${encode(payload)}.s`),
    )
    fc.assert(
      fc.property(anything, (token) => {
        const claims = readClaims(token)
        accountOf(claims)
        return claims === undefined || (typeof claims === 'object' && !Array.isArray(claims))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('accountOf', () => {
  const ids = { tid: tenantId, oid: adele }

  it('names the account by tenant and object', () => {
    expect(accountOf(ids)).toStrictEqual({ key: `entra:${tenantId}:${adele}`, tenantId, objectId: adele })
  })

  it.each([
    ['preferred_username', { preferred_username: 'v2@x', upn: 'v1@x', unique_name: 'old@x' }, 'v2@x'],
    ['upn', { upn: 'v1@x', unique_name: 'old@x' }, 'v1@x'],
    ['unique_name', { unique_name: 'old@x' }, 'old@x'],
  ])('takes the sign-in name from %s', (_, claims, username) => {
    expect(accountOf({ ...ids, ...claims })?.username).toBe(username)
  })

  it('has the name for display', () => {
    expect(accountOf({ ...ids, name: 'Adele Vance' })).toStrictEqual({ ...accountOf(ids), name: 'Adele Vance' })
  })

  it('leaves out a name that is not text', () => {
    expect(accountOf({ ...ids, name: { evil: true }, preferred_username: 7, upn: '' })).toStrictEqual(accountOf(ids))
  })

  it.each([
    ['no claims', undefined],
    ['no tenant', { oid: adele }],
    ['no object', { tid: tenantId }],
    ['an empty tenant', { tid: '', oid: adele }],
    ['a tenant that is a list', { tid: [tenantId], oid: adele }],
    ['an object that is a number', { tid: tenantId, oid: 1 }],
  ])('knows nobody with %s', (_, claims) => {
    expect(accountOf(claims)).toBeUndefined()
  })
})
