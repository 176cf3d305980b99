// The bars of the matrix find what they are there for.

import { describe, expect, it } from 'vitest'
import type { SentRequest } from '../traffic.js'
import { faultsDocument } from './document.js'
import { leakedTo } from './leaks.js'
import { type Result, type Row, settledClass, violationsOf } from './row.js'
import { tooSoon } from './scenarios.js'

const good: Result = {
  state: 'signed-in',
  code: '',
  remedy: '',
  requests: 1,
  requestsAfterwards: 9,
  call: true,
  settledAfterMs: 20_000,
  recovery: 'by itself',
  violations: [],
}
const transient = { transient: true }

describe('a bar', () => {
  it('says nothing of a row that holds them all', () => {
    expect(violationsOf(transient, good)).toEqual([])
  })

  it.each([
    ['a promise that never settles', { settledAfterMs: undefined }, /unsettled/],
    ['a promise that settles after its deadline', { settledAfterMs: 126_000 }, /unsettled/],
    ['a loop', { requests: 41 }, /loops/],
    ['a loop that begins later', { requestsAfterwards: 41 }, /loops/],
    ['a call that fails', { call: false }, /call in flight/],
    ['a page that needs a click', { recovery: 'by `signIn()`' }, /goes on by `signIn\(\)`/],
    ['a page that does not come back', { recovery: 'not at all' }, /does not work again/],
    ['a token elsewhere', { violations: ['A token is in the console.'] }, /console/],
  ] as const)('finds %s', (_, change, words) => {
    expect(violationsOf(transient, { ...good, ...change } as Result).join()).toMatch(words)
  })

  it('lets a call fail and a user act where the fault does not pass', () => {
    expect(violationsOf({ transient: false }, { ...good, call: false, recovery: 'by `signIn()`' })).toEqual([])
  })

  it('finds requests before `Retry-After` is over', () => {
    expect(tooSoon([0, 90_000, 180_000], 90_000)).toEqual([])
    expect(tooSoon([0, 89_999], 90_000)).toHaveLength(1)
    expect(tooSoon([0, 1], undefined)).toEqual([])
  })

  it('shows in the totals', () => {
    const row = { group: 'G', fault: 'F', door: 'browser', transient: true } as Row<never>
    const hung = faultsDocument(new Map([[row, { ...good, settledAfterMs: undefined, call: false }]]))
    expect(hung).toContain('1 promises unsettled')
    expect(hung).toContain('0 of 1')
    expect(hung).toContain('never')
    expect(settledClass(20_500)).toBe('20 s')
  })
})

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJhcGkifQ.c2lnbmF0dXJl'
const sent = (change: Partial<SentRequest>): SentRequest => ({
  method: 'GET',
  host: 'app.contoso.example',
  url: `https://${change.host ?? 'app.contoso.example'}/api/me`,
  headers: {},
  body: '',
  ...change,
})

describe('a token', () => {
  it.each([
    ['its own API', sent({ headers: { authorization: `Bearer ${TOKEN}` } })],
    ['a socket of its own server', sent({ url: 'https://app.contoso.example/socket.io/', body: TOKEN })],
    [
      'a refresh token at the token endpoint',
      sent({
        host: 'login.microsoftonline.com',
        url: 'https://login.microsoftonline.com/t/oauth2/v2.0/token',
        body: '1.refresh.0123456789',
      }),
    ],
  ])('may go to %s', (_, request) => {
    expect(leakedTo([request], [])).toEqual([])
  })

  it.each([
    ['another host', sent({ host: 'elsewhere.example', headers: { authorization: `Bearer ${TOKEN}` } })],
    ['a URL', sent({ url: `https://app.contoso.example/api/me?token=${TOKEN}` })],
    ['another header', sent({ headers: { 'x-token': TOKEN } })],
    ['another path', sent({ url: 'https://app.contoso.example/elsewhere', headers: { authorization: TOKEN } })],
    ['the body of a call', sent({ body: TOKEN })],
    ['the token endpoint', sent({ url: 'https://login.microsoftonline.com/t/oauth2/v2.0/token', body: TOKEN })],
  ])('is found in %s', (_, request) => {
    expect(leakedTo([request], [])).toHaveLength(1)
  })

  it('is found in a message to another server', () => {
    expect(leakedTo([], [{ url: 'wss://elsewhere.example/', text: TOKEN }])).toHaveLength(1)
    expect(leakedTo([], [{ url: 'wss://app.contoso.example/socket.io/', text: TOKEN }])).toEqual([])
  })
})
