// The examples of servers: really started, and asked with good and bad tokens.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEntraEmulator, type EntraEmulator } from '../../src/testing/index.js'
import { CLIENT_ID, SCOPE, TENANT_ID } from './doors.js'
import type { Started } from './run.js'
import { openServers, type Servers } from './servers.js'

const ADELE = 'adele@contoso.example'
const STRANGER = 'c2222222-2222-4333-8444-555555555555'

let entra: EntraEmulator
let servers: Servers
beforeAll(async () => {
  entra = await createEntraEmulator({ clientId: CLIENT_ID, tenant: TENANT_ID, scopes: [SCOPE] })
  servers = await openServers(entra)
})
afterAll(async () => {
  await servers?.close()
  entra?.dispose()
})

const examples = ['express', 'fastify', 'hono', 'fastapi'] as const

describe.each(examples)('%s', (example) => {
  let server: Started
  beforeAll(async () => {
    server = await (example === 'fastapi' ? servers.startPython(example) : servers.start(example))
  })

  const call = (token?: string) =>
    fetch(`http://localhost:${server.port}/api/me`, token ? { headers: { authorization: `Bearer ${token}` } } : {})

  it.each([1, 2] as const)('answers a token of version %i with the user', async (version) => {
    const response = await call(await entra.mint(ADELE, { version }))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ key: `entra:${entra.tenant}:${entra.users[0]?.objectId}` })
  })

  it('refuses a call without a token', async () => {
    const response = await call()
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
  })

  it.each([
    ['of another API', 'wrong_audience', () => entra.mint(ADELE, { clientId: STRANGER })],
    ['that has expired', 'token_expired', () => entra.mint(ADELE, { expiresInSeconds: -600 })],
    ['with a key of somebody else', 'token_invalid', () => entra.mintForged(ADELE)],
    ['that says who has signed in', 'not_an_access_token', () => entra.mint(ADELE, { kind: 'id' })],
  ])('refuses a token %s', async (_, code, mint) => {
    const response = await call(await mint())
    expect([response.status, await response.text()]).toEqual([401, expect.stringContaining(code)])
  })

  it('has written no token anywhere', () => {
    expect(server.output()).not.toContain('eyJ')
  })
})
