// @vitest-environment node
// Who may ask the dev host for what: any page that is open in the same browser can send requests to it.

import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UsageError } from '../../../../src/cli/command.js'
import { devOrigins, partOf } from '../../../../src/cli/dev/gate.js'
import { readDevOptions } from '../../../../src/cli/dev/options.js'
import { type DevHost, startDevHost } from '../../../../src/cli/dev/start.js'
import type { StateFile } from '../../../../src/cli/dev/state-file.js'
import type { KeptParts } from '../../../../src/testing/entra/parts.js'
import { defaultTenant, defaultUsers } from '../../../../src/testing/entra/users.js'
import { freePort } from '../../../free-port.js'

const APP = 'http://localhost:5173'
const EVIL = 'https://evil.example'
const JSON_TYPE = { 'content-type': 'application/json' }
const [adele] = defaultUsers
const CLIENT_ID = 'c1111111-2222-4333-8444-555555555555'

let port: number
let dev: DevHost

beforeAll(async () => {
  port = await freePort()
  dev = await startDevHost(readDevOptions([APP, '--port', `${port}`]), inMemory(), () => {})
})
afterAll(() => dev.close())

function inMemory(): StateFile {
  const kept: KeptParts[] = []
  return { path: '', read: async () => kept.at(-1), write: async (_about, next) => void kept.push(next) }
}

interface Asked {
  readonly port?: number
  readonly host?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

/** Node's own `fetch` lets nobody choose a `Host`. The answer is read as far as its first piece. */
function ask(path: string, { host = 'teams.localhost', method = 'GET', headers = {}, body, ...more }: Asked = {}) {
  const at = more.port ?? port
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const options = { port: at, host: '127.0.0.1', path, method, headers: { host: `${host}:${at}`, ...headers } }
    const asked = request(options, (response) => {
      const end = (text: string) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
        response.destroy()
      }
      response.once('data', (piece) => end(String(piece)))
      response.once('end', () => end(''))
    })
    asked.once('error', reject)
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

const mintBody = (clientId = CLIENT_ID) => ({
  user: { tenantId: defaultTenant, objectId: adele?.objectId, username: adele?.username },
  clientId,
  authorizedParty: CLIENT_ID,
  purpose: 'sso',
})

function authorizePath(redirectUri: string): string {
  const query = new URLSearchParams({
    client_id: CLIENT_ID,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
    prompt: 'none',
  })
  return `/${defaultTenant}/oauth2/v2.0/authorize?${query}`
}

describe('the minting route', () => {
  const own = () => ({ ...JSON_TYPE, origin: dev.origins.host })

  it('gives a token to the page of the host, for the app alone', async () => {
    const given = await ask('/mint', { method: 'POST', headers: own(), body: mintBody() })
    expect(JSON.parse(given.text)).toMatchObject({ token: expect.stringMatching(/^eyJ/) })
    expect(given.headers['access-control-allow-origin']).toBeUndefined()
    const other = mintBody('c2222222-2222-4333-8444-555555555555')
    const refused = await ask('/mint', { method: 'POST', headers: own(), body: other })
    expect(JSON.parse(refused.text)).toMatchObject({ error: 'unauthorized_client' })
  })

  it.each(['/mint', '/control'])('and the controls are for no other page, the app included: %s', async (path) => {
    const body = { ...mintBody(), control: 'revoke everybody' }
    const others: Record<string, string>[] = [
      { ...JSON_TYPE, origin: EVIL },
      { ...JSON_TYPE, origin: APP },
      { ...JSON_TYPE, origin: 'null' },
      JSON_TYPE,
      { ...own(), 'content-type': 'text/plain' }, // what a page can send without asking first
    ]
    for (const headers of others) expect((await ask(path, { method: 'POST', headers, body })).status).toBe(403)
    const preflight = await ask(path, { method: 'OPTIONS', headers: { origin: EVIL } })
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([403, undefined])
  })
})

describe('the server', () => {
  it('answers under its own names alone', async () => {
    for (const host of ['evil.example', '127.0.0.1', 'teams.localhost.evil.example', 'app.localhost'])
      expect((await ask('/', { host })).status).toBe(421)
    expect((await ask('/')).status).toBe(200)
  })

  it('has its names without a port where that is the one of http, which no browser sends', () => {
    const origins = devOrigins(APP, 80)
    expect(origins).toEqual({ app: APP, host: 'http://teams.localhost', entra: 'http://localhost' })
    expect(partOf(new Request('http://teams.localhost:80/'), origins)).toBe('host')
    expect(partOf(new Request('http://localhost/'), origins)).toBe('entra')
  })

  it('lets its page be framed by nobody, and frame the app alone', async () => {
    const policy = String((await ask('/')).headers['content-security-policy'])
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain(`frame-src ${APP};`)
    expect(policy).toContain("default-src 'self'")
  })

  it.each(['/events', '/styles.css'])('shows what is its own to no page of another site: %s', async (path) => {
    for (const site of ['cross-site', 'same-site'])
      expect((await ask(path, { headers: { 'sec-fetch-site': site } })).status).toBe(403)
    const { status, headers } = await ask(path, { headers: { 'sec-fetch-site': 'same-origin' } })
    expect([status, headers['access-control-allow-origin']]).toEqual([200, undefined])
  })

  it.each([
    '/../package.json',
    '/cli/dev/page/../start.js',
    '/cli/dev/start.js',
    '/server/index.js',
    '/testing/entra/keys.js',
    '/shared/%2e%2e/index.js',
  ])('serves no other file: %s', async (path) => {
    expect((await ask(path)).status).toBe(404)
  })

  it('refuses a control that there is not', async () => {
    const headers = { ...JSON_TYPE, origin: dev.origins.host }
    for (const control of ['explode', '__proto__', 7])
      expect((await ask('/control', { method: 'POST', headers, body: { control } })).status).toBe(404)
  })

  it('says in one sentence that its port is taken', async () => {
    const write = () => Promise.reject(new Error('The state is that of who listens there.'))
    const again = startDevHost(readDevOptions([APP, '--port', `${port}`]), { ...inMemory(), write }, () => {})
    const sentence = `Port ${port} is taken. End what listens there, or choose another one with --port.`
    await expect(again).rejects.toThrow(new UsageError(sentence))
  })

  it('says in one sentence that it cannot keep its state', async () => {
    const write = () => Promise.reject(Object.assign(new Error('read-only'), { code: 'EROFS' }))
    const state = { ...inMemory(), path: '/dev.json', write }
    const started = startDevHost(readDevOptions([APP, '--port', `${await freePort()}`]), state, () => {})
    await expect(started).rejects.toThrow(new UsageError('/dev.json cannot be written (EROFS).'))
  })

  it('answers all the same where it cannot keep its state any more, and says so once', async () => {
    const said: string[] = []
    let isFull = false
    const full = Object.assign(new Error('no space left: secret'), { code: 'ENOSPC' })
    const state = { ...inMemory(), path: '/dev.json', write: async () => (isFull ? Promise.reject(full) : undefined) }
    const port = await freePort()
    const own = await startDevHost(readDevOptions([APP, '--port', `${port}`]), state, (line) => said.push(line))
    isFull = true
    try {
      const headers = { ...JSON_TYPE, origin: own.origins.host }
      const given = await ask('/mint', { port, method: 'POST', headers, body: mintBody() })
      expect([given.status, JSON.parse(given.text)]).toEqual([
        200,
        { token: expect.stringMatching(/^eyJ/), expiresInSeconds: expect.any(Number) },
      ])
      const signIn = await ask(authorizePath(`${APP}/`), { port, host: 'localhost' })
      expect(signIn.status).toBe(302)
      expect(said).toEqual([
        '/dev.json cannot be written (ENOSPC): what happens from now on is forgotten when this command ends.',
      ])
    } finally {
      await own.close()
    }
  })

  it('says which part of the app registration is not valid', async () => {
    const started = startDevHost(readDevOptions([APP, '--client-id', 'mine']), inMemory(), () => {})
    await expect(started).rejects.toThrow(new UsageError('`clientId` must be a GUID, not "mine".'))
  })
})

describe('its Entra ID', () => {
  const keys = `/${defaultTenant}/discovery/v2.0/keys`

  it('answers the app, servers and navigations, and no other page', async () => {
    const statusFor = async (headers: Record<string, string>) =>
      (await ask(keys, { host: 'localhost', headers })).status
    expect(await statusFor({})).toBe(200)
    expect(await statusFor({ origin: APP })).toBe(200)
    expect(await statusFor({ origin: EVIL })).toBe(403)
    expect(await statusFor({ origin: 'null' })).toBe(403)
  })

  it('sends codes to the app alone', async () => {
    const landed = (redirectUri: string) => ask(authorizePath(redirectUri), { host: 'localhost' })
    expect((await landed('http://localhost:9999/')).text).toContain('AADSTS50011')
    expect((await landed(`${APP}/`)).status).toBe(302)
  })

  it('has its first page at the host', async () => {
    const { status, headers } = await ask('/', { host: 'localhost' })
    expect([status, headers['location']]).toEqual([302, `${dev.origins.host}/`])
  })
})

it('never puts a token on the wire', async () => {
  const headers = { ...JSON_TYPE, origin: dev.origins.host }
  await ask('/mint', { method: 'POST', headers, body: mintBody() })
  const past: string = await new Promise((resolve) => {
    const asked = request({ port, host: '127.0.0.1', path: '/events', headers: { host: `teams.localhost:${port}` } })
    asked.once('response', (response) => {
      let text = ''
      response.on('data', (piece) => {
        text += String(piece)
        if (!text.includes('"type":"token"')) return
        resolve(text)
        response.destroy()
      })
    })
    asked.end()
  })
  expect(past).toContain('token for Teams SSO')
  expect(past).toContain('"oid"')
  expect(past).not.toMatch(/eyJ/)
})
