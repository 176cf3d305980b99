// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { checkTimes, isAcceptedTenant, isId } from '../../../../src/server/tokens/claims.js'
import { identityOf } from '../../../../src/server/tokens/identity.js'

const NOW_S = 1_900_000_000
const NOW = NOW_S * 1000
const HOUR_S = 3_600

function verdictOn(claims: { exp?: unknown; nbf?: unknown; iat?: unknown }, now = NOW): string {
  try {
    checkTimes({ exp: NOW_S + HOUR_S, nbf: NOW_S, iat: NOW_S, ...claims }, now)
    return 'good'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('the clocks may differ by a minute, and no millisecond more', () => {
  it.each([
    [{ exp: NOW_S - 59 }, 'good'],
    [{ exp: NOW_S - 60 }, 'token_expired'],
    [{ exp: NOW_S - 59.999 }, 'good'],
    [{ nbf: NOW_S + 60 }, 'good'],
    [{ nbf: NOW_S + 60.001 }, 'token_invalid'],
    [{ nbf: NOW_S + 61 }, 'token_invalid'],
    // The rules of access tokens say nothing about when one was issued.
    [{ iat: NOW_S + HOUR_S }, 'good'],
  ])('%j: %s', (claims, verdict) => {
    expect(verdictOn(claims)).toBe(verdict)
  })
})

describe('a date', () => {
  const LAST = 253_402_300_799
  it.each([
    [0, 'token_expired'],
    [-1, 'token_invalid'],
    [LAST, 'good'],
    [LAST + 1, 'token_invalid'],
    [Number.NaN, 'token_invalid'],
    [`${NOW_S + HOUR_S}`, 'token_invalid'],
    [undefined, 'token_invalid'],
  ])('%s as `exp`: %s', (exp, verdict) => {
    expect(verdictOn({ exp })).toBe(verdict)
  })

  it.each(['exp', 'nbf', 'iat'])('has to be there as `%s`', (name) => {
    expect(verdictOn({ [name]: undefined })).toBe('token_invalid')
  })
})

describe('an identity', () => {
  const claims = { tid: 'a-tenant', oid: 'an-object', exp: NOW_S, scp: ' read  write ' }

  it('has the key of the user, and the scopes one by one', () => {
    expect(identityOf(claims)).toEqual({
      kind: 'user',
      key: 'entra:a-tenant:an-object',
      tenantId: 'a-tenant',
      objectId: 'an-object',
      expiresAt: NOW,
      scopes: ['read', 'write'],
      roles: [],
      groups: [],
      groupsOverage: false,
      username: undefined,
      claims,
    })
  })

  it('cannot be changed', () => {
    const identity = identityOf(claims)
    for (const part of [identity, identity.scopes, identity.roles, identity.groups])
      expect(Object.isFrozen(part)).toBe(true)
  })
})

it('a tenant is accepted by its name, and any but that of personal accounts where any organization is', () => {
  const [named, other, personal] = ['a-tenant', 'another', '9188040d-6c67-4c5b-b112-36a304b66dad']
  expect([named, other, personal].map((each) => isAcceptedTenant(each, [named]))).toEqual([true, false, false])
  const any = [named, other, personal].map((each) => isAcceptedTenant(each, 'any-organization'))
  expect(any).toEqual([true, true, false])
  expect(isAcceptedTenant(personal, [personal])).toBe(true)
})

it('an ID is a GUID in lower case', () => {
  const id = 'aaaaaaaa-0000-4000-8000-000000000001'
  expect([id, id.toUpperCase(), `{${id}}`, `${id} `, '', undefined, [id]].map(isId)).toEqual([
    true,
    ...Array(6).fill(false),
  ])
})
