// @vitest-environment node
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  authenticateRequest,
  bearerToken,
  createVerifier,
  type RequestLike,
  type Verifier,
} from '../../../../src/server/index.js'
import { adele, claimsOf, createSigningKey, optionsFor, publish, type SigningKey, sign } from '../authority.js'

let key: SigningKey
let token: string
let verifier: Verifier

beforeAll(async () => {
  key = await createSigningKey('key-1')
  token = await sign(key)
  verifier = createVerifier(optionsFor(publish(key).fetch))
})

describe('a request with a valid token', () => {
  it.each([
    ['the web platform', () => new Request('https://app.example', { headers: { authorization: `Bearer ${token}` } })],
    ['Node and Express', () => ({ headers: { authorization: `Bearer ${token}` } })],
    ['a platform that keeps the case of names', () => ({ headers: { Authorization: `Bearer ${token}` } })],
    ['a list of one', () => ({ headers: { authorization: [`Bearer ${token}`] } })],
    ['the scheme in capitals', () => ({ headers: { authorization: `BEARER ${token}` } })],
    ['the scheme in small letters', () => ({ headers: { authorization: `bearer   ${token}` } })],
  ])('has the identity: %s', async (_, given) => {
    const { identity, refused } = await authenticateRequest(verifier, given())
    expect(identity?.objectId).toBe(adele)
    expect(refused).toBeUndefined()
  })
})

it.each([
  ['nothing', undefined],
  ['an app', { kind: 'app', key: 'entra:a:b' }],
  ['no key', { objectId: adele }],
])('a request is refused where the verifier of the app gives %s', async (_, given) => {
  const own = { verify: async () => given } as unknown as Verifier
  const { identity, refused } = await authenticateRequest(own, { headers: { authorization: 'Bearer a' } })
  expect([identity, refused?.code]).toEqual([undefined, 'temporarily_unavailable'])
})

describe('a request without any token', () => {
  it.each([
    ['no header', {}],
    ['an empty one', { authorization: '' }],
    ['undefined', { authorization: undefined }],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['a scheme that begins alike', { authorization: 'BearerToken abc' }],
    ['another scheme that names this one', { authorization: 'Basic bearer YTpi' }],
  ])('is told the scheme and no error: %s', async (_, headers) => {
    expect(await authenticateRequest(verifier, { headers })).toEqual({
      refused: {
        status: 401,
        code: 'token_missing',
        retry: true,
        headers: { 'WWW-Authenticate': 'Bearer realm="api"' },
      },
    })
  })
})

describe('a request that is malformed', () => {
  it.each([
    ['no token after the scheme', () => ({ headers: { authorization: 'Bearer' } })],
    ['a space after the scheme', () => ({ headers: { authorization: 'Bearer ' } })],
    ['two tokens', () => ({ headers: { authorization: `Bearer ${token} ${token}` } })],
    ['two tokens and a comma', () => ({ headers: { authorization: `Bearer ${token}, Bearer ${token}` } })],
    ['a quoted token', () => ({ headers: { authorization: `Bearer "${token}"` } })],
    ['a line break', () => ({ headers: { authorization: `Bearer ${token}\r\nX: y` } })],
    ['two tokens, each with its scheme', () => ({ headers: { authorization: `Bearer ${token} Bearer ${token}` } })],
    ['16 KB and a character', () => ({ headers: { authorization: `Bearer ${'a'.repeat(16_385)}` } })],
    ['a token behind 32 KB of spaces', () => ({ headers: { authorization: `Bearer${'a'.padStart(32_763)}` } })],
    ['20 KB', () => ({ headers: { authorization: `Bearer ${'a'.repeat(20_000)}` } })],
    ['a megabyte of spaces', () => ({ headers: { authorization: `Bearer ${' '.repeat(1_000_000)}` } })],
    ['a list of two', () => ({ headers: { authorization: [`Bearer ${token}`, `Bearer ${token}`] } })],
    ['two spellings', () => ({ headers: { authorization: `Bearer ${token}`, Authorization: `Bearer ${token}` } })],
    [
      'two headers of Node',
      () => ({
        headers: { authorization: `Bearer ${token}` },
        headersDistinct: { authorization: ['Bearer a', 'Bearer b'] },
      }),
    ],
    ['two headers of the web platform', () => ({ headers: twice(`Bearer ${token}`) })],
  ])('is answered with 400: %s', async (_, given: () => RequestLike) => {
    const { refused } = await authenticateRequest(verifier, given())
    expect(refused).toMatchObject({ status: 400, code: 'request_malformed' })
    expect(refused?.headers['WWW-Authenticate']).toContain('error="invalid_request"')
    expect(() => bearerToken(given())).toThrow(expect.objectContaining({ code: 'request_malformed' }))
  })
})

describe('the token of a request', () => {
  it.each([
    ['a', 'Bearer a'],
    ['a.b-c_d~e+f/g==', 'bearer   a.b-c_d~e+f/g==  '],
    ['a'.repeat(16_384), `Bearer ${'a'.repeat(16_384)}`],
    ['a', `Bearer${'a'.padStart(32_762)}`],
  ])('is %.20s in %.20s', (given, authorization) => {
    expect(bearerToken({ headers: { authorization } })).toBe(given)
  })

  it.each(['Bearer =', 'Bearer a=b', 'Bearer a\t'])('is none in %j', (authorization) => {
    expect(() => bearerToken({ headers: { authorization } })).toThrow(
      'The Authorization header is not one Bearer token.',
    )
  })
})

describe('a request with a token that is refused', () => {
  it.each([
    ['expired', { exp: 1 }, 401, 'token_expired', 'invalid_token'],
    ['another audience', { aud: 'api://other' }, 401, 'wrong_audience', 'invalid_token'],
    ['another scope', { scp: 'other' }, 403, 'wrong_scope', 'insufficient_scope'],
  ])('is told why, and not what the server expects: %s', async (_, changes, status, code, error) => {
    const headers = { authorization: `Bearer ${await sign(key, claimsOf(changes))}` }
    const { refused } = await authenticateRequest(verifier, { headers })
    expect(refused).toMatchObject({ status, code })
    expect(refused?.headers).toEqual({
      'WWW-Authenticate': `Bearer realm="api", error="${error}", error_description="${code}"`,
    })
  })

  it('is asked to come back when the keys cannot be had', async () => {
    const offline = createVerifier(optionsFor(() => Promise.reject(new Error('offline'))))
    const { refused } = await authenticateRequest(offline, { headers: { authorization: `Bearer ${token}` } })
    const headers = { 'Retry-After': '5' }
    expect(refused).toEqual({ status: 503, code: 'keys_unavailable', retry: true, headers })
  })

  it.each([
    ['throws', () => crash()],
    ['rejects with nothing', () => Promise.reject()],
  ])('is asked to come back when the verifier %s', async (_, verify: Verifier['verify']) => {
    const { refused } = await authenticateRequest({ verify }, { headers: { authorization: `Bearer ${token}` } })
    expect(refused).toMatchObject({ status: 503, code: 'temporarily_unavailable' })
  })
})

describe('two headers, of which Node hands on the first', () => {
  const two = { headersDistinct: { authorization: [`Bearer ${token}`, `Bearer ${token}`] } }

  it.each<[string, object]>([
    ['Node and Express', two],
    ['Fastify', { raw: two }],
    ['Koa', { req: two }],
    ['Hapi', { raw: { req: two } }],
  ])('are refused in %s', async (_, around) => {
    const { refused } = await authenticateRequest(verifier, {
      headers: { authorization: `Bearer ${token}` },
      ...around,
    })
    expect(refused).toMatchObject({ status: 400, code: 'request_malformed' })
  })
})

describe('over the wire', () => {
  it('works in Express, two headers included', async () => {
    const app = express()
    app.get('/me', async (incoming, response) => {
      const { identity, refused } = await authenticateRequest(verifier, incoming)
      if (refused) return void response.status(refused.status).set(refused.headers).json({ code: refused.code })
      response.json({ key: identity.key })
    })
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const ask = (...authorization: string[]) => statusOf(port, authorization)
    expect(await ask(`Bearer ${token}`)).toEqual([200, undefined])
    expect(await ask()).toEqual([401, 'Bearer realm="api"'])
    expect(await ask(`Bearer ${token}`, `Bearer ${token}`)).toEqual([400, expect.stringContaining('invalid_request')])
    server.close()
  })
})

/** The status of an answer, and its challenge. */
function statusOf(port: number, authorization: readonly string[]): Promise<[number | undefined, string | undefined]> {
  return new Promise((resolve, reject) => {
    const headers = ['host', 'localhost', ...authorization.flatMap((value) => ['authorization', value])]
    const sent = request({ port, host: '127.0.0.1', path: '/me', headers, agent: false })
    sent.on('error', reject)
    sent.on('response', (response: IncomingMessage) => {
      response.resume()
      resolve([response.statusCode, response.headers['www-authenticate']])
    })
    sent.end()
  })
}

function twice(value: string): Headers {
  const headers = new Headers()
  headers.append('authorization', value)
  headers.append('authorization', value)
  return headers
}

function crash(): never {
  throw new Error('crash')
}
