// @vitest-environment node
// docs/claims-challenges.md, character by character.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { compileFunction } from 'node:vm'
import express from 'express'
import { afterAll, expect, it, vi } from 'vitest'
import { claimsChallengeOf } from '../../../../src/carriers/claims-challenge.js'
import * as server from '../../../../src/server/index.js'
import { createEntraEmulator } from '../../../../src/testing/index.js'

const entra = await createEntraEmulator()
const app = express()
vi.stubEnv('NODE_ENV', 'production')
startServer()
const listener = app.listen(0, '127.0.0.1')
await once(listener, 'listening')
const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/api/orders`

afterAll(() => {
  vi.unstubAllEnvs()
  listener.close()
  entra.dispose()
})

/** Runs the code of the document with what it takes for granted. */
function startServer(): void {
  const [, block = ''] = /^```ts\n(.*?)^```/ms.exec(readFileSync('docs/claims-challenges.md', 'utf8')) ?? []
  const [line = '', names = ''] = block.match(/^import \{ (.*) \} from 'twodoor\/server'$/m) ?? []
  const createVerifier = (options: server.VerifierOptions) => server.createVerifier({ ...options, fetch: entra.fetch })
  const provided = Object.entries({ ...server, createVerifier }).filter(([name]) => names.split(', ').includes(name))
  const values = { app, clientId: entra.clientId, tenantId: entra.tenant, ...Object.fromEntries(provided) }
  compileFunction(block.replace(line, ''), Object.keys(values))(...Object.values(values))
}

async function call(method: string, acrs?: readonly string[]) {
  const token = await entra.mint('adele@contoso.example', { claims: { acrs } })
  const answer = await fetch(url, { method, headers: { authorization: `Bearer ${token}` } })
  return [answer.status, claimsChallengeOf(answer.headers)]
}

const challenge = (value: string) => JSON.stringify({ access_token: { acrs: { essential: true, value } } })

it.each([
  ['GET', undefined, [200, undefined]],
  ['DELETE', undefined, [401, challenge('c1')]],
  ['DELETE', ['c11'], [401, challenge('c1')]],
  ['DELETE', ['c2', 'c1'], [200, undefined]],
  ['POST', ['c1'], [401, challenge('c2')]],
  ['POST', ['c2'], [200, undefined]],
] as const)('%s with the contexts %j: the page reads what the server asks for', async (method, acrs, expected) => {
  expect(await call(method, acrs)).toEqual(expected)
})
