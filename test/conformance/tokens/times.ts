import { claimCases, claims, token } from './make.js'
import type { TokenCase } from './token-case.js'

/** A number that JSON.stringify would not write so. */
function written(name: string, number: string) {
  return token({ claims: JSON.stringify({ ...claims, [name]: '#' }).replace('"#"', number) })
}

/** When it is valid: with a tolerance of 60 s, since clocks differ (RFC 7519 §4.1.4). Entra ID writes all three. */
export const times: readonly TokenCase[] = [
  ...claimCases('accepted', [
    ['it expires in a minute', { exp: '<now+60>' }],
    ['it has expired 30 s ago', { exp: '<now-30>' }],
    ['it has been valid for a day', { iat: '<now-86400>', nbf: '<now-86400>' }],
    ['it is valid in 30 s', { nbf: '<now+30>' }],
    ['it is issued in 30 s', { iat: '<now+30>' }],
    ['it expires with the last second of the year 9999', { exp: 253_402_300_799 }],
    ['it is valid since 1970', { nbf: 0, iat: 0 }],
  ]),
  ...claimCases('token_expired', [
    ['it has expired 90 s ago', { exp: '<now-90>' }],
    ['it has expired an hour ago', { iat: '<now-7200>', nbf: '<now-7200>', exp: '<now-3600>' }],
    ['`exp` is 0', { exp: 0 }],
    ['`exp` is 1', { exp: 1 }],
  ]),
  ...claimCases('token_invalid', [
    ['no `exp`', { exp: undefined }],
    ['`exp` null', { exp: null }],
    ['`exp` a text', { exp: '4102444800' }],
    ['an empty `exp`', { exp: '' }],
    ['`exp` true', { exp: true }],
    ['`exp` in a list', { exp: [4_102_444_800] }],
    ['`exp` in an object', { exp: { $date: 4_102_444_800 } }],
    ['`exp` is negative', { exp: -1 }],
    ['`exp` in milliseconds', { exp: 4_102_444_800_000 }],
    ['`exp` is the year 10000', { exp: 253_402_300_800 }],
    ['no `nbf`', { nbf: undefined }],
    ['`nbf` null', { nbf: null }],
    ['`nbf` a text', { nbf: 'now' }],
    ['`nbf` true', { nbf: true }],
    ['`nbf` is negative', { nbf: -1 }],
    ['it is valid in 2 minutes', { nbf: '<now+120>' }],
    ['it is valid tomorrow', { nbf: '<now+86400>', exp: '<now+90000>' }],
    ['no `iat`', { iat: undefined }],
    ['`iat` null', { iat: null }],
    ['`iat` a text', { iat: 'now' }],
    ['`iat` is negative', { iat: -1 }],
    ['`iat` is the year 10000', { iat: 253_402_300_800 }],
  ]),
  { sentence: '`exp` with a fraction', token: written('exp', '4102444800.5'), expected: 'accepted' },
  { sentence: '`exp` with an exponent', token: written('exp', '4.1024448e9'), expected: 'accepted' },
  { sentence: '`exp` larger than any number', token: written('exp', '1e400'), expected: 'token_invalid' },
  { sentence: '`exp` of 300 digits', token: written('exp', '9'.repeat(300)), expected: 'token_invalid' },
  { sentence: '`exp` of 400 digits', token: written('exp', '9'.repeat(400)), expected: 'token_invalid' },
  { sentence: '`nbf` less than any number', token: written('nbf', '-1e400'), expected: 'token_invalid' },
  { sentence: '`iat` larger than any number', token: written('iat', '1e400'), expected: 'token_invalid' },
]
