// The cases of requests with a Bearer token against the frameworks of Python, each as it is by default.

import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningEntraEmulator, startEntraEmulator } from '../../src/testing/node.js'
import { runCase, wireCases } from '../conformance/wire/run.js'
import type { Target, WireTokens } from '../conformance/wire/wire-case.js'
import { type PythonServer, type PythonServerOptions, startPythonServer } from './python-server.js'

const OTHER_TENANT = '20000000-0000-4000-8000-00000000000b'
const fileOf = (name: string) => fileURLToPath(new URL(`./frameworks/${name}`, import.meta.url))
const flask: PythonServerOptions = { argv: [fileOf('flask_app.py')], packages: 'flask' }
const django = (door: string): PythonServerOptions => ({ argv: [fileOf('django_app.py'), door], packages: 'django' })

const frameworks: [string, string, PythonServerOptions][] = [
  ['FastAPI', '/me', { argv: [fileOf('fastapi_app.py')] }],
  ['ASGI, behind a guard', '/me', { argv: [fileOf('asgi_app.py')] }],
  ['Django over ASGI, an async view', '/async/me', django('asgi')],
  ['Django over ASGI, a view', '/me', django('asgi')],
  ['Django over WSGI, an async view', '/async/me', django('wsgi')],
  ['Django over WSGI, a view', '/me', django('wsgi')],
  ['Flask, an async view', '/async/me', flask],
  ['Flask, a view', '/me', flask],
]

let entra: RunningEntraEmulator
let tokens: Partial<WireTokens>

beforeAll(async () => {
  entra = await startEntraEmulator()
  const [adele] = entra.users.map(({ username }) => username) as [string]
  tokens = {
    good: () => entra.mint(adele, { expiresInSeconds: 600 }),
    expired: () => entra.mint(adele, { expiresInSeconds: -120 }),
    foreign: () => entra.mint(adele, { claims: { tid: OTHER_TENANT } }),
  }
})

afterAll(() => entra.close())

describe.each(frameworks)('%s', (_, path, options) => {
  let server: PythonServer
  let target: Target

  beforeAll(async () => {
    const { clientId: CLIENT_ID, tenants, authority: AUTHORITY } = entra.verifierOptions()
    server = await startPythonServer({ ...options, env: { CLIENT_ID, TENANT: `${tenants}`, AUTHORITY } })
    target = { requestUrl: server.url + path, transport: 'polling', encoding: 'default', tokens }
  })

  afterAll(() => server.stop())

  const cases = wireCases.filter(({ on }) => on === 'requests')
  it.concurrent.each(cases.map((each) => [each.number, each.sentence, each] as const))('%s: %s', async (...row) => {
    expect(await runCase(row[2], target)).toEqual({ status: 'passed' })
  })

  it('fails nowhere in Python, and prints no token but that of an address', () => {
    const printed = server.output().split('\n')
    const own = printed.filter((line) => !/\btoken=/.test(line.replace('access_', '')))
    expect(own.join('\n')).not.toMatch(/Traceback|eyJ|conformance-garbage/)
  })
})
