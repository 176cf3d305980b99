import { describe, expect, it } from 'vitest'
import {
  checkScopes,
  isFunction,
  isGuid,
  isNonBlank,
  isObject,
  mayBe,
  must,
  oneOf,
} from '../../../src/shared/validate.js'
import { refusalOf } from '../invalid-options.js'

const refuse = (value: unknown) => refusalOf(() => must('option', value, false, 'a rule, for example 1'))

describe('what is refused', () => {
  it.each<[unknown, string]>([
    ['text', "'text'"],
    ['', "''"],
    [1, 'number'],
    [0, '0'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{}, 'object'],
    ['https://user:secret@host.example/a', "'…host.example/a'"],
    ['https://host.example/a?code=secret', "'https://host.example/a…'"],
    ['https://host.example/#secret\nmore', "'https://host.example/…'"],
    ['x'.repeat(201), `'${'x'.repeat(200)}'`],
  ])('%j is named as %s', (value, named) => {
    expect(refuse(value)).toBe(`\`option\` must be a rule, for example 1, not ${named}.`)
  })
})

it('a refusal is one of the options', () => {
  const attempt = () => must('option', 1, false, 'a rule')
  expect(attempt).toThrow(expect.objectContaining({ name: 'AuthError', code: 'config_invalid', phase: 'config' }))
})

describe('scopes', () => {
  it.each<[unknown, readonly string[]]>([
    ['api://app/read', ['api://app/read']],
    [
      ['api://app/read', 'User.Read'],
      ['api://app/read', 'User.Read'],
    ],
    [
      ['User.Read', 'openid'],
      ['User.Read', 'openid'],
    ],
  ])('%j are taken', (scopes, list) => {
    expect(checkScopes('scopes', scopes)).toEqual(list)
  })

  it.each([
    ...[undefined, [], '', 'read', 'a/b c', 'a b/c', ['openid'], ['User.Read', 'read'], { 0: 'User.Read' }],
    ...[['User.Read', 'openidx'], ['User.Read', 'xopenid'], ['User.Read', ['openid']], [['User.Read']]],
  ])('%j are refused', (scopes) => {
    expect(refusalOf(() => checkScopes('scopes', scopes))).toContain('`scopes` must be scopes with their API')
  })

  it('are named in the refusal as they were given', () => {
    expect(refusalOf(() => checkScopes('scopes', { 0: 'User.Read' }))).toMatch(/, not object\.$/)
    expect(refusalOf(() => checkScopes('scopes', undefined))).toMatch(/, not undefined\.$/)
  })

  it('are a list of their own', () => {
    const scopes = ['User.Read']
    expect(checkScopes('scopes', scopes)).not.toBe(scopes)
  })
})

describe('a choice', () => {
  it('is the first one unless another is made, and no other', () => {
    expect(oneOf('way', undefined, 'a', 'b')).toBe('a')
    expect(oneOf('way', 'b', 'a', 'b')).toBe('b')
    expect(refusalOf(() => oneOf('way', 'c' as 'a', 'a', 'b'))).toBe(
      "`way` must be one of a,b, for example a, not 'c'.",
    )
  })
})

it('an option may be left out, and nothing else instead', () => {
  mayBe('option', undefined, () => false, 'a rule')
  mayBe('option', 1, (value) => value === 1, 'a rule')
  expect(refusalOf(() => mayBe('option', null, () => false, 'a rule'))).toContain('null')
})

describe('what a value is', () => {
  const guid = 'AAAAAAAA-0000-4000-8000-000000000001'
  it.each([
    [isGuid, [guid, guid.toLowerCase()], [`${guid}0`, `x${guid}`, `{${guid}}`, '', undefined, [guid]]],
    [isNonBlank, ['a', ' a '], ['', ' ', '\t\n', 1, null]],
    [isObject, [{}, new Map()], [[], null, 'a', undefined, () => {}]],
    [isFunction, [() => {}, class {}], [{}, 'a', null]],
  ])('%o', (is, yes, no) => {
    expect(yes.map((each) => is(each))).toEqual(yes.map(() => true))
    expect(no.map((each) => is(each))).toEqual(no.map(() => false))
  })
})
