// @vitest-environment node
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { OnBehalfOfError, refusal, requireAuth } from '../../../../src/server/index.js'
import { toOnBehalfOfError } from '../../../../src/server/on-behalf-of/refusals.js'
import { createEntraEmulator } from '../../../../src/testing/index.js'
import { ADELE, SECRET, serverOf } from './server.js'

const entra = await createEntraEmulator({ web: { redirectUris: [], clientSecret: SECRET } })
const scopes = ['User.Read']
const told = vi.spyOn(console, 'error')
beforeEach(() => void told.mockReset().mockImplementation(() => {}))
afterEach(() => vi.unstubAllEnvs())

describe('a mistake of the server', () => {
  it.each(['development', 'production'])(
    'is told in the log, once in a minute for each, with NODE_ENV=%s',
    async (env) => {
      vi.stubEnv('NODE_ENV', env)
      const clock = vi.spyOn(Date, 'now')
      const { verifier, onBehalfOf, identityOf } = serverOf(entra, { secret: 'the secret that is wrong' })
      const guard = requireAuth(verifier)
      const handler = guard.fetch(async (_, identity) => Response.json(await onBehalfOf.token(identity, scopes)))
      const ask = async () => {
        const headers = { authorization: `Bearer ${await entra.mint(ADELE)}` }
        const answer = await handler(new Request('https://api.example/', { headers }))
        return [answer.status, await answer.text()]
      }
      for (let i = 0; i < 2; i++) expect(await ask()).toEqual([500, '{"code":"config_invalid"}'])
      expect(told.mock.calls).toEqual([[expect.stringMatching(/AADSTS7000215.*The secret is wrong\./)]])
      await onBehalfOf.token(await identityOf(), []).catch(() => {})
      expect(told).toHaveBeenCalledTimes(2)
      const now = Date.now()
      clock.mockImplementation(() => now + 60_001)
      onTestFinished(() => clock.mockRestore())
      await ask()
      expect(told).toHaveBeenCalledTimes(3)
      expect(told.mock.calls.join()).not.toContain('the secret')
    },
  )

  it('is nothing that is missing of the user', async () => {
    const { onBehalfOf, identityOf } = serverOf(entra)
    const identity = await identityOf()
    await onBehalfOf.forget(identity)
    await expect(onBehalfOf.token(identity, scopes)).rejects.toHaveProperty('code', 'sign_in_required')
    expect(told).not.toHaveBeenCalled()
  })

  it.each([
    ['invalid_client', 7000299],
    ['unauthorized_client', 7000112],
    ['invalid_request', 900144],
    ['invalid_scope', 1002012],
    ['invalid_resource', 500014],
    ['unsupported_grant_type', 70003],
  ])('is %s, though the number is unknown here', (errorCode, errorNo) => {
    const error = toOnBehalfOfError({ name: 'ServerError', errorCode, errorNo: `${errorNo}` }, scopes)
    expect(error).toMatchObject({ code: 'config_invalid', status: 500, aadsts: errorNo, headers: {} })
  })

  it.each(['server_error', 'temporarily_unavailable', 'network_error', undefined])('is not %s', (errorCode) => {
    expect(toOnBehalfOfError({ name: 'ServerError', errorCode }, scopes).code).toBe('temporarily_unavailable')
  })
})

describe('what a framework answers by itself shows no remedy', () => {
  const fail = () => {
    throw new OnBehalfOfError('config_invalid', { remedy: 'Renew the thing.', aadsts: 7000222 })
  }

  it('of Fastify', async () => {
    const app = fastify()
    app.get('/', async () => fail())
    const { statusCode, body } = await app.inject('/')
    expect([statusCode, body]).toEqual([500, expect.not.stringContaining('Renew')])
  })

  it('of Express, in development', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const app = express()
    app.get('/', async () => fail())
    const server = createServer(app).listen(0)
    onTestFinished(() => void server.close())
    await new Promise((resolve) => void server.once('listening', resolve))
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const text = await answer.text()
    expect([answer.status, text]).toEqual([500, expect.stringContaining('AADSTS7000222')])
    expect(text).not.toContain('Renew')
  })

  it('of Hono', async () => {
    const app = new Hono().get('/', () => fail())
    const answer = await app.request('/')
    expect([answer.status, await answer.text()]).toEqual([500, '{"code":"config_invalid"}'])
  })
})

describe('an error that an app makes itself', () => {
  it.each([
    ['consent_required', 403],
    ['insufficient_claims', 401],
    ['sign_in_required', 401],
    ['config_invalid', 500],
    ['temporarily_unavailable', 503],
  ] as const)('%s needs no more than its code and a remedy', (code, status) => {
    expect(refusal.of(new OnBehalfOfError(code, { remedy: 'x' }))).toMatchObject({ code, status })
  })

  it('has no challenge in a form that no page reads', () => {
    for (const claims of ['no JSON', JSON.stringify({ a: 'x'.repeat(300_000) })]) {
      const { status, headers } = new OnBehalfOfError('insufficient_claims', { remedy: 'x', claims })
      expect([status, headers['WWW-Authenticate']]).toEqual([401, expect.stringContaining('error="invalid_token"')])
    }
  })
})
