import { describe, expect, it } from 'vitest'
import type { Account, Claims } from '../../../src/shared/claims.js'
import { accountOf } from '../../../src/shared/claims.js'
import { type AccountReader, openAccountReader } from '../../../src/sources/account-claims.js'
import { isGuess } from '../../../src/sources/source.js'
import { unsignedToken } from '../jwt.js'

const account: Account = { key: 'entra:t:o', tenantId: 't', objectId: 'o', name: 'Adele' }
const who = { tid: 't', oid: 'o' }

function open(...names: string[]): AccountReader {
  const opened = openAccountReader(names, { accountOf })
  if ('refused' in opened) throw new Error(opened.message)
  return opened
}

const complete = (names: string[], access: Claims | undefined, id?: Claims) =>
  open(...names).complete(account, access && { ...who, ...access }, id && { ...who, ...id })

describe('the account that an app asks to know more of', () => {
  it('keeps who it is, and has no claim that nobody asked for', () => {
    expect(complete(['given_name'], { given_name: 'Adele', family_name: 'Vance', roles: ['admin'] })).toEqual({
      ...account,
      claims: { given_name: 'Adele' },
    })
  })

  it('has the claims of the access token, and what that lacks from the ID token', () => {
    const names = ['given_name', 'family_name', 'roles']
    expect(complete(names, { given_name: 'Access' }, { given_name: 'Id', family_name: 'Vance', roles: ['a'] })).toEqual(
      {
        ...account,
        roles: ['a'],
        claims: { given_name: 'Access', family_name: 'Vance' },
      },
    )
    expect(complete(names, undefined, { given_name: 'Id' }).claims).toEqual({ given_name: 'Id' })
    expect(complete(names, undefined, undefined)).toMatchObject({ roles: [], claims: {} })
  })

  it('has none of an ID token of somebody else', () => {
    const id = { tid: 't', oid: 'other', given_name: 'Bob', roles: ['admin'], groups: ['g'] }
    expect(open('given_name', 'roles', 'groups').complete(account, who, id)).toEqual({
      ...account,
      roles: [],
      groups: [],
      groupsOverage: false,
      claims: {},
    })
  })

  it.each([
    ['a number', 1],
    ['a list', ['a']],
    ['an object', { a: 1 }],
    ['null', null],
    ['true', true],
    ['nothing', ''],
    ['a text that is too long', 'a'.repeat(257)],
    ['a token', unsignedToken({ tid: 't' })],
    ['a text with a token in it', `Bearer ${unsignedToken({ tid: 't' })}`],
  ])('has no claim that is %s', (_, value) => {
    expect(complete(['nickname'], { nickname: value }).claims).toEqual({})
  })

  it('has texts of 256 characters, and own members alone', () => {
    const text = 'a'.repeat(256)
    expect(complete(['nickname', 'toString'], { nickname: text }).claims).toEqual({ nickname: text })
  })

  it.each([
    [undefined, []],
    [[], []],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [['a', 1], undefined],
    [['a', ''], undefined],
    [['a'.repeat(257)], undefined],
    [Array.from({ length: 1_000 }, () => 'a'), Array.from({ length: 1_000 }, () => 'a')],
    [Array.from({ length: 1_001 }, () => 'a'), undefined],
    ['a', undefined],
    [{ 0: 'a', length: 1 }, undefined],
    [null, undefined],
  ])('never has half of a list: %j', (list, expected) => {
    const { roles, groups } = complete(['roles', 'groups'], { roles: list, groups: list })
    expect([roles, groups]).toEqual([expected, expected])
  })

  it.each<[string, Claims, Claims | undefined, unknown]>([
    ['named', { _claim_names: { groups: 'src1' } }, undefined, [undefined, true]],
    ['named beside a list', { groups: ['a'], _claim_names: { groups: 'src1' } }, undefined, [undefined, true]],
    ['that came through a URL', { hasgroups: true }, undefined, [undefined, true]],
    ['of another claim', { groups: ['a'], _claim_names: { roles: 'src1' } }, undefined, [['a'], false]],
    ['in the ID token alone', {}, { hasgroups: 'true' }, [undefined, true]],
    ['in the ID token, where the other one has them', { groups: ['a'] }, { hasgroups: true }, [['a'], false]],
    ['that is none', { hasgroups: false }, undefined, [[], false]],
  ])('knows of an overage of groups, %s', (_, access, id, expected) => {
    const { groups, groupsOverage } = complete(['groups'], access, id)
    expect([groups, groupsOverage]).toEqual(expected)
  })

  it('cannot be changed by anybody', () => {
    const found = complete(['roles', 'groups', 'given_name'], { roles: ['a'], groups: ['g'], given_name: 'Adele' })
    for (const each of [found, found.roles, found.groups, found.claims]) expect(Object.isFrozen(each)).toBe(true)
    expect(Object.isFrozen(complete(['roles'], {}).roles)).toBe(true)
  })
})

describe('claims to show', () => {
  it.each([
    ...[
      'roles',
      'groups',
      'given_name',
      'family_name',
      'email',
      'upn',
      'ctry',
      'tenant_ctry',
      'xms_pl',
      'xms_tpl',
      'xms_pdl',
    ],
    ...['department', 'extn.skypeId', 'employeeid', 'acct', 'verified_primary_email'],
  ])('can be %s', (name) => {
    expect(openAccountReader([name], { accountOf })).toHaveProperty('complete')
  })

  it.each([
    ...[
      'nonce',
      'rh',
      'uti',
      'aio',
      'sid',
      'jti',
      'sub',
      'puid',
      'login_hint',
      'at_hash',
      'c_hash',
      'client_info',
      'cnf',
    ],
    ...['aud', 'iss', 'exp', 'iat', 'nbf', 'azp', 'appid', 'scp', 'acrs', 'amr', 'ver', 'wids', 'hasgroups', 'NONCE'],
    ...[
      '_claim_names',
      '_claim_sources',
      '__proto__',
      'constructor',
      'xms_st',
      'xms_cc',
      'xms_plx',
      'idp',
      'tid',
      'oid',
    ],
  ])('cannot be %s, and that is said by name', (name) => {
    const refusal = openAccountReader(['given_name', name], { accountOf })
    expect(refusal).toMatchObject({ refused: 'config_invalid', message: expect.stringContaining(name) })
    expect(refusal).toHaveProperty('remedy')
    expect('refused' in refusal && isGuess(refusal)).toBe(false)
  })
})
