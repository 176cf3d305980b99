// What a reader copies for a server or for a test, run as it is printed, with tokens of the emulator.

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Express } from 'express'
import type { FastifyInstance } from 'fastify'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createEntraEmulator, type EntraEmulator } from '../../src/testing/index.js'
import { pagesOfDocs } from './pages.js'
import { writeProject } from './project.js'

const ADELE = 'adele@contoso.example'
const project = writeProject(pagesOfDocs())
/** What a page of the documents exports. */
const codeOf = <T>(page: string, part: string): Promise<T> => import(/* @vite-ignore */ project.fileWith(page, part))

let entra: EntraEmulator
let key: string
const nativeFetch = globalThis.fetch

beforeAll(async () => {
  entra = await createEntraEmulator()
  const user = entra.users.find(({ username }) => username === ADELE)
  key = `entra:${entra.tenant}:${user?.objectId}`
  vi.stubEnv('NODE_ENV', 'production') // no warnings of the library
  vi.stubEnv('SESSION_SECRET', 'the secret of these tests, and of nothing else')
  vi.stubGlobal('clientId', entra.clientId)
  vi.stubGlobal('tenantId', entra.tenant)
  vi.stubGlobal('fetch', entra.fetch) // where the keys are asked for
})
afterAll(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  entra.dispose()
  project.remove()
})

/** Listens until the test is over. */
async function urlOf(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

const bearer = async () => ({ authorization: `Bearer ${await entra.mint(ADELE)}` })

describe('docs/your-api.md', () => {
  const me = 'http://localhost/api/me'

  it('knows the user in Express, and who is no administrator', async () => {
    const { app } = await codeOf<{ app: Express }>('docs/your-api.md', "from 'express'")
    const url = await urlOf(app)
    const answer = await nativeFetch(`${url}/api/me`, { headers: await bearer() })
    expect(await answer.json()).toEqual({ key, username: ADELE })
    const refused = await nativeFetch(`${url}/api/me`)
    expect([refused.status, await refused.json()]).toEqual([401, { code: 'token_missing' }])
    const forbidden = await nativeFetch(`${url}/api/orders`, { method: 'DELETE', headers: await bearer() })
    expect([forbidden.status, await forbidden.json()]).toEqual([403, { code: 'wrong_role' }])
  })

  it('knows the user in Hono', async () => {
    const { app } = await codeOf<{ app: Hono }>('docs/your-api.md', "from 'hono'")
    expect(await (await app.request(me, { headers: await bearer() })).json()).toEqual({ key })
    expect((await app.request(me)).status).toBe(401)
  })

  it('knows the user in Fastify', async () => {
    const { app } = await codeOf<{ app: FastifyInstance }>('docs/your-api.md', "from 'fastify'")
    expect((await app.inject({ url: '/api/me', headers: await bearer() })).json()).toEqual({ key })
    expect((await app.inject('/api/me')).statusCode).toBe(401)
  })

  it('knows the user in a handler of the web platform', async () => {
    const { GET } = await codeOf<{ GET(request: Request): Promise<Response> }>('docs/your-api.md', 'guard.fetch')
    expect(await (await GET(new Request(me, { headers: await bearer() }))).json()).toEqual({ key })
    expect((await GET(new Request(me))).status).toBe(401)
  })
})

describe('docs/cors.md', () => {
  it('lets the page call with a token, and read why it was refused', async () => {
    const { app } = await codeOf<{ app: Express }>('docs/cors.md', "from 'express'")
    const url = `${await urlOf(app)}/v1/orders`
    const preflight = await nativeFetch(url, { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization')
    const refused = await nativeFetch(url)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.contoso.com')
    expect(refused.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
    expect(await (await nativeFetch(url, { headers: await bearer() })).json()).toEqual({ key })
  })
})

describe('docs/cookies.md', () => {
  it('turns a token into a cookie that shows the picture', async () => {
    const { app } = await codeOf<{ app: Express }>('docs/cookies.md', 'createSessions')
    const url = await urlOf(app)
    expect((await nativeFetch(`${url}/avatar`)).status).toBe(401)
    const headers = { ...(await bearer()), origin: url, 'x-twodoor-context': 'top' }
    const begun = await nativeFetch(`${url}/session`, { method: 'POST', headers })
    expect(await begun.json()).toMatchObject({ key })
    const [cookie = ''] = begun.headers.getSetCookie().filter((each) => !/max-age=0/i.test(each))
    expect(cookie).toMatch(/^__Host-session=.*; Secure; HttpOnly; SameSite=Lax/)
    const picture = await nativeFetch(`${url}/avatar`, { headers: { cookie: cookie.split(';')[0] ?? '' } })
    expect(await picture.text()).toContain(key)
  })
})

describe('docs/deploy.md', () => {
  it('lets the hosts frame the page', async () => {
    const { app } = await codeOf<{ app: Express }>('docs/deploy.md', 'microsoftCloud')
    app.get('/', (_request, response) => void response.send('a page'))
    const policy = (await nativeFetch(await urlOf(app))).headers.get('content-security-policy')
    expect(policy).toMatch(
      /^base-uri 'none'; frame-ancestors 'self' https:\/\/\*\.cloud\.microsoft .*teams\.microsoft\.com/,
    )
  })
})

describe('docs/testing.md', () => {
  it('starts an Entra ID, and mints tokens that the verifier takes', async () => {
    await codeOf('docs/testing.md', 'startEntraEmulator')
    await codeOf('docs/testing.md', 'verifier.verify')
  })
})

// The test of docs/testing.md, beside the others of this file.
await import(/* @vite-ignore */ project.fileWith('docs/testing.md', "from 'vitest'"))
