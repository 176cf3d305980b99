// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { type HttpRequest, headerValues, type RequestLike, requestUrlOf } from '../../../src/server/request.js'

describe('the values of a header', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['the web platform', { headers: new Headers({ 'X-Mine': '1' }) }, ['1']],
    ['the web platform, without it', { headers: new Headers() }, []],
    ['the web platform, empty', { headers: new Headers({ 'X-Mine': '' }) }, ['']],
    ['a class that can the same', { headers: { get: (name: string) => `${name} here` } }, ['x-mine here']],
    ['Node', { headers: { 'x-mine': '1', 'x-more': '2' } }, ['1']],
    ['two spellings', { headers: { 'x-mine': '1', 'X-Mine': '2' } }, ['1', '2']],
    ['a list', { headers: { 'x-mine': ['1', '2'] } }, ['1', '2']],
    ['what is no text', { headers: { 'x-mine': [7, null, '1'] } }, ['1']],
    [
      'Node, which hands on the first',
      { headers: { 'x-mine': '1' }, headersDistinct: { 'x-mine': ['1', '2'] } },
      ['1', '2'],
    ],
    ['a header named get', { headers: { get: '1', 'x-mine': '2' } }, ['2']],
    ['no headers', {}, []],
    ['headers that are null', { headers: null }, []],
    ['nothing', undefined, []],
  ])('are found in %s', (_what, request, values) => {
    expect(headerValues(request as RequestLike, 'x-mine')).toEqual(values)
  })

  it.each([
    ['Fastify', (node: object) => ({ raw: node })],
    ['Koa', (node: object) => ({ req: node })],
    ['Hapi', (node: object) => ({ raw: { req: node } })],
  ])('are those that Node has, below %s', (_what, around) => {
    const node = { headersDistinct: { 'x-mine': ['1', '2'] } }
    expect(headerValues({ headers: { 'x-mine': '1' }, ...around(node) }, 'x-mine')).toEqual(['1', '2'])
  })
})

it.each<[string, HttpRequest, string | undefined]>([
  ['an absolute address', { url: 'https://app.example/a', headers: { host: 'other' } }, 'https://app.example/a'],
  ['one in capitals', { url: 'HTTP://app.example/a', headers: {} }, 'http://app.example/a'],
  ['a path and a host', { url: '/a', headers: { host: 'app.example:8080' } }, 'http://app.example:8080/'],
  ['no address and a host', { headers: { host: 'app.example' } }, 'http://app.example/'],
  ['what is no text', { url: 7 as never, headers: { host: 'app.example' } }, 'http://app.example/'],
  ['an address that is none', { url: 'http://[', headers: { host: 'app.example' } }, 'http://app.example/'],
  ['another scheme', { url: 'xhttp://evil.example/', headers: { host: 'app.example' } }, 'http://app.example/'],
  ['two hosts', { url: '/', headers: { host: ['a.example', 'b.example'] } }, undefined],
  ['a host that is none', { url: '/', headers: { host: ':::' } }, undefined],
  ['no host', { url: '/', headers: {} }, undefined],
  ['the host of HTTP/2', { url: '/', headers: { ':authority': 'app.example' } }, 'http://app.example/'],
  ['a host beside that of HTTP/2', { headers: { host: 'a.example', ':authority': 'b.example' } }, 'http://a.example/'],
  ['two hosts beside that of HTTP/2', { headers: { host: ['a', 'b'], ':authority': 'a' } }, undefined],
  ['what is no text for a host', { headers: { ':authority': 7 as never } }, undefined],
  ['headers of the web platform without one', { url: '/', headers: new Headers() }, undefined],
])('where a request was sent with %s', (_what, request, url) => {
  expect(requestUrlOf(request)?.href).toBe(url)
})
