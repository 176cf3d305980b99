// The server as the README prints it, in a folder that has the package and nothing of this repository.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningEntraEmulator, startEntraEmulator } from '../../src/testing/node.js'
import { type Packed, pack, root } from './packed.js'

const ADELE = 'adele@contoso.example'
const TEAMS_WEB = '5e3ce6c0-2b1f-4285-8d4b-75ee78787346'

let packed: Packed
let entra: RunningEntraEmulator
const servers: ChildProcess[] = []

beforeAll(async () => {
  packed = await pack()
  // With the name of production, so that the options of the server are those of the README.
  entra = await startEntraEmulator({ url: 'https://login.microsoftonline.com' })
  for (const name of ['express', 'socket.io'])
    await symlink(join(root, 'node_modules', name), join(packed.project, 'node_modules', name))
  await packed.write({ 'server.mjs': await serverOfReadme() })
})
afterAll(async () => {
  for (const server of servers) server.kill()
  await entra?.close()
  await packed?.remove()
})

/** What the code block takes for granted, the code block, and a port. The name of Entra ID leads to the emulator. */
async function serverOfReadme(): Promise<string> {
  const blocks = [...(await readFile(join(root, 'README.md'), 'utf8')).matchAll(/^```ts\n(.*?)^```/gms)]
  const [code = ''] = blocks.map(([, each = '']) => each).filter((each) => each.includes('createVerifier({ clientId, '))
  return `import { createServer } from 'node:http'
import express from 'express'
import { Server } from 'socket.io'
const { CLIENT_ID: clientId, TENANT_ID: tenantId, ENTRA_URL } = process.env
const { fetch } = globalThis
globalThis.fetch = (url, init) => fetch(url.replace('https://login.microsoftonline.com', ENTRA_URL), init)
const app = express()
const httpServer = createServer(app)
${code}
httpServer.listen(0, '127.0.0.1', () => console.log(httpServer.address().port))
`
}

async function startServer(environment: Record<string, string> = {}) {
  const own = { CLIENT_ID: entra.clientId, TENANT_ID: entra.tenant, ENTRA_URL: `http://localhost:${entra.port}` }
  const env = { ...process.env, NODE_ENV: 'development', ...own, ...environment }
  const server = spawn(process.execPath, ['server.mjs'], { cwd: packed.project, env })
  servers.push(server)
  let warnings = ''
  server.stderr.on('data', (text) => {
    warnings += text
  })
  const [port] = (await once(server.stdout, 'data')) as [Buffer]
  const url = `http://127.0.0.1:${`${port}`.trim()}`
  return {
    warnings: () => warnings,
    call: async (token: string) => {
      const response = await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } })
      return [response.status, await response.json()]
    },
    connects: async (token: string) => {
      const socket = io(url, { auth: { token }, reconnection: false, forceNew: true })
      const outcome = await new Promise((resolve) => {
        socket.on('connect', () => resolve('connected'))
        socket.on('connect_error', ({ message }) => resolve(message))
      })
      socket.close()
      return outcome
    },
    async end() {
      const closed = once(server, 'close') // by then all that it printed is here
      server.kill()
      await closed
    },
  }
}

describe('the server of the README', () => {
  test.each([
    [1, 'a browser', undefined],
    [1, 'Teams SSO', TEAMS_WEB],
    [2, 'a browser', undefined],
    [2, 'Teams SSO', TEAMS_WEB],
  ] as const)('takes a version %i token of %s', async (version, _, authorizedParty) => {
    const server = await startServer()
    const mint = () => entra.mint(ADELE, { version, authorizedParty })
    const key = `entra:${entra.tenant}:${entra.users[0]?.objectId}`
    expect(await server.call(await mint())).toEqual([200, { key }])
    expect(await server.connects(await mint())).toBe('connected')
    await server.end()
    expect(server.warnings()).toBe('')
  })

  test('refuses a token of another API, and says once what to change', async () => {
    const server = await startServer()
    for (let i = 0; i < 3; i += 1) {
      const token = await entra.mint(ADELE, { clientId: 'c2222222-2222-4333-8444-555555555555' })
      expect(await server.call(token)).toEqual([401, { code: 'wrong_audience' }])
      expect(await server.connects(token)).toBe('unauthorized')
    }
    await server.end()
    expect(server.warnings().match(/^twodoor: .*$/gm)).toEqual([expect.stringContaining('(wrong_audience)')])
    expect(server.warnings()).toContain('If your Application ID URI is another one, name it in `audiences`.')
    expect(server.warnings()).not.toContain('eyJ')
  })

  test('says nothing in production', async () => {
    const server = await startServer({ NODE_ENV: 'production' })
    expect(await server.call('opaque')).toEqual([401, { code: 'token_malformed' }])
    await server.end()
    expect(server.warnings()).toBe('')
  })
})
