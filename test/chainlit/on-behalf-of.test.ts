// Tokens on behalf of users in Python, with unmodified msal: the oldest that is supported, and the newest.

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { claimsChallengeOf } from '../../src/carriers/claims-challenge.js'
import { type RunningEntraEmulator, startEntraEmulator } from '../../src/testing/node.js'
import { sendWebResponse, toWebRequest } from '../e2e/node-web.js'
import { type PythonServer, startPythonServer } from './python-server.js'

const APP = fileURLToPath(new URL('./frameworks/behalf_app.py', import.meta.url))
const SECRET = 'the secret of these tests, and of nothing else'
const ADELE = 'adele@contoso.example'
const ALEX = 'alex@contoso.example'

let entra: RunningEntraEmulator
let graph: Server

beforeAll(async () => {
  entra = await startEntraEmulator({ web: { redirectUris: ['http://localhost:8000/'], clientSecret: SECRET } })
  graph = createServer(async (request, response) =>
    sendWebResponse(await entra.handleGraph(await toWebRequest(request, `http://graph${request.url}`)), response),
  )
  graph.listen(0, '127.0.0.1')
  await once(graph, 'listening')
})
afterAll(async () => {
  graph.close()
  await entra.close()
})

async function startServer(packages: 'msal 1.35.0' | 'msal 1.39.0'): Promise<PythonServer> {
  const { clientId: CLIENT_ID, tenants, authority: AUTHORITY } = entra.verifierOptions()
  const GRAPH = `http://127.0.0.1:${(graph.address() as AddressInfo).port}`
  const env = { CLIENT_ID, TENANT: `${tenants}`, AUTHORITY, CLIENT_SECRET: SECRET, GRAPH }
  return startPythonServer({ argv: [APP], packages, env })
}

const tokenRequests = () => entra.requests.filter(({ endpoint }) => endpoint === 'token').length

describe.each(['msal 1.35.0', 'msal 1.39.0'] as const)('a server with %s', (packages) => {
  let server: PythonServer

  beforeAll(async () => {
    server = await startServer(packages)
  })
  afterEach(() => entra.clearRequests())
  afterAll(() => server.stop())

  async function ask(token: string, query = '', method = 'GET', path = '/profile') {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${server.url}${path}${query}`, { headers, method })
    return { status: answer.status, body: await answer.json(), headers: answer.headers }
  }

  it('calls Graph as the user whose token it was sent, and asks once for it', async () => {
    expect(server.output()).toContain(`with ${packages}`)
    const [adele, alex] = await Promise.all([entra.mint(ADELE), entra.mint(ALEX)])
    for (const [token, name] of [
      [adele, 'Adele Vance'],
      [alex, 'Alex Wilber'],
      [adele, 'Adele Vance'],
    ] as const)
      expect(await ask(token)).toMatchObject({ status: 200, body: { name } })
    expect(tokenRequests()).toBe(2)
  })

  it('asks the page for a consent that is missing, and goes on with the same token once it is given', async () => {
    const token = await entra.mint(ADELE)
    entra.requireConsent(ADELE)
    const { status, body, headers } = await ask(token)
    expect([status, body]).toEqual([403, { code: 'consent_required' }])
    expect(headers.get('www-authenticate')).toContain('scopes="User.Read", proposedAction="consent"')
    entra.consent(ADELE, ['User.Read'])
    expect(await ask(token)).toMatchObject({ status: 200, body: { name: 'Adele Vance' } })
  })

  it('passes the claims challenge of an API on, and that of Entra ID to the page, which reads it', async () => {
    const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: 'c1' } } })
    const query = `?claims=${encodeURIComponent(claims)}`
    const strong = await entra.mint(ALEX, { claims: { acrs: ['c1'] } })
    expect(await ask(strong, query)).toMatchObject({ status: 200, body: { name: 'Alex Wilber' } })
    const { status, body, headers } = await ask(await entra.mint(ALEX), query)
    expect([status, body]).toEqual([401, { code: 'insufficient_claims' }])
    expect(JSON.parse(claimsChallengeOf(headers) ?? '')).toHaveProperty('access_token')
  })

  it('gives nothing for a user who has signed out, until the next token comes', async () => {
    const token = await entra.mint(ADELE)
    await ask(token)
    expect((await ask(token, '', 'POST', '/sign-out')).status).toBe(200)
    expect((await ask(token)).status).toBe(200)
    expect(tokenRequests()).toBe(2)
  })

  it('names a mistake of its own in the log and not in the answer', async () => {
    const { status, body } = await ask(await entra.mint(ADELE), '?scope=api://another/read')
    expect([status, body]).toEqual([500, { code: 'config_invalid' }])
    expect(server.output()).toContain('The API does not offer one of the scopes.')
  })

  it('says to come back where Entra ID is down, and goes on at once when it is back', async () => {
    const token = await entra.mint(ALEX)
    entra.faults.push({ at: 'token', status: 503 })
    expect((await ask(token)).status).toBe(503)
    expect((await ask(token)).status).toBe(200)
  })

  it('prints no token and no secret', () => {
    expect(server.output()).not.toMatch(/Traceback|eyJ|the secret/)
  })
})
