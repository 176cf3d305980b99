// The servers of the live connections, asked without a page: who may come in, and for how long.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEntraEmulator, type EntraEmulator } from '../../src/testing/index.js'
import { CLIENT_ID, SCOPE, TENANT_ID } from './doors.js'
import { EXAMPLES, type Started } from './run.js'
import { openServers, type Servers } from './servers.js'

const ADELE = 'adele@contoso.example'
const MEGAN = 'megan@fabrikam.example'
const UNAUTHORIZED = 4401
const TRY_AGAIN_LATER = 1013

interface WebSocketOfNode {
  on(event: 'open' | 'message' | 'close', listener: (value: unknown) => void): unknown
  send(text: string): unknown
  close(): unknown
}

/** Node has one of its own from version 22 on. */
const WebSocket: new (url: string) => WebSocketOfNode = createRequire(join(EXAMPLES, 'websocket/'))('ws')

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

const keyOfAdele = () => `entra:${entra.tenant}:${entra.users[0]?.objectId}`

describe('sse', () => {
  let server: Started
  beforeAll(async () => {
    server = await servers.start('sse')
  })
  const listen = (headers: Record<string, string>) => fetch(`http://localhost:${server.port}/events`, { headers })

  it('refuses who has no token', async () => {
    expect((await listen({})).status).toBe(401)
  })

  it('ends the stream with its token', async () => {
    const response = await listen({ authorization: `Bearer ${await entra.mint(ADELE, { expiresInSeconds: 2 })}` })
    expect(await response.text()).toContain(keyOfAdele())
  })
})

describe('apollo', () => {
  it('refuses who has no token, before any field is resolved', async () => {
    const { port } = await servers.start('apollo')
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ query: '{ me }' })
    const response = await fetch(`http://localhost:${port}/graphql`, { method: 'POST', headers, body })
    expect([response.status, await response.json()]).toEqual([401, { code: 'token_missing' }])
  })
})

describe('websocket', () => {
  let server: Started
  beforeAll(async () => {
    server = await servers.start('websocket')
  })

  /** A connection, and all that it has heard. */
  async function open({ port } = server) {
    const socket = new WebSocket(`ws://localhost:${port}/live`)
    const heard: string[] = []
    const waiting = new Set<() => void>()
    socket.on('message', (data) => {
      heard.push(String(data))
      for (const each of waiting) each()
    })
    const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(Number(code))))
    await new Promise<void>((resolve) => socket.on('open', () => resolve()))
    return {
      heard,
      closed,
      send: (message: unknown) => socket.send(JSON.stringify(message)),
      untilHeard: (count: number) =>
        new Promise<void>((resolve) => {
          const check = () => heard.length >= count && resolve()
          waiting.add(check)
          check()
        }),
      close: () => socket.close(),
    }
  }

  it.each([
    ['no token', async () => ({ hello: 1 })],
    ['no object', async () => null],
    ['a token of somebody else', async () => ({ token: await entra.mintForged(ADELE) })],
    ['an expired token', async () => ({ token: await entra.mint(ADELE, { expiresInSeconds: -600 }) })],
  ])('ends a connection whose first message has %s, and tells it nothing', async (_, message) => {
    const connection = await open()
    connection.send(await message())
    expect(await connection.closed).toBe(UNAUTHORIZED)
    expect(connection.heard).toEqual([])
  })

  it('ends a connection with its token', async () => {
    const connection = await open()
    connection.send({ token: await entra.mint(ADELE, { expiresInSeconds: 2 }) })
    expect(await connection.closed).toBe(UNAUTHORIZED)
    expect(new Set(connection.heard)).toEqual(new Set([JSON.stringify({ key: keyOfAdele() })]))
  })

  it('goes on with a renewed token of the same account', async () => {
    const connection = await open()
    connection.send({ token: await entra.mint(ADELE, { expiresInSeconds: 2 }) })
    await connection.untilHeard(1)
    connection.send({ token: await entra.mint(ADELE) })
    await connection.untilHeard(6) // one for each token and second
    connection.close()
    expect(await connection.closed).not.toBe(UNAUTHORIZED)
  })

  it('tells a client to come back where the keys of Entra ID cannot be loaded', async () => {
    const undo = entra.faults.push({ at: 'keys', status: 500, times: Number.POSITIVE_INFINITY })
    const connection = await open(await servers.start('websocket'))
    connection.send({ token: await entra.mint(ADELE) })
    expect(await connection.closed).toBe(TRY_AGAIN_LATER)
    expect(connection.heard).toEqual([])
    undo()
  })

  it('ends with a token of another account', async () => {
    const connection = await open()
    connection.send({ token: await entra.mint(ADELE) })
    await connection.untilHeard(1)
    connection.send({ token: await entra.mint(MEGAN) })
    expect(await connection.closed).toBe(UNAUTHORIZED)
  })
})
