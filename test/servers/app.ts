// One of two processes of an app, which share a Redis: a page, an API, sessions and sockets.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import express from 'express'
import { createClient } from 'redis'
import { type DefaultEventsMap, Server } from 'socket.io'
import {
  type AuthenticatedData,
  authenticateRequest,
  createSessions,
  createVerifier,
  protectSockets,
} from '../../src/server/index.js'

export interface AppSettings {
  readonly name: string
  readonly redis: string
  /** Where Entra ID is reached. */
  readonly entra: string
  readonly clientId: string
  readonly tenant: string
  /** The file with the page. */
  readonly page: string
}

/** What the test tells it. */
export type Order = { readonly advanceMs: number }

/** Who is asked, and whom it takes the caller for. */
export interface Who {
  readonly process: string
  readonly key: string
  readonly recovered: boolean
  /** How many sockets of this user there are in all processes. */
  readonly everywhere: number
}

const settings = JSON.parse(process.env['APP'] ?? '') as AppSettings
let advancedMs = 0
const now = () => Date.now() + advancedMs
process.on('message', ({ advanceMs }: Order) => {
  advancedMs += advanceMs
})
process.on('disconnect', () => process.exit())

const redis = createClient({ url: settings.redis })
await redis.connect()
const { clientId, tenant } = settings
const verifier = createVerifier({
  clientId,
  tenants: [tenant],
  now,
  fetch: (url, init) => fetch(settings.entra + new URL(String(url)).pathname, init),
})
const sessions = createSessions({ verifier, now, secret: 'the secret of these tests, and of nothing else' })

const app = express()
app.get('/', (_request, response) => void response.sendFile(settings.page))
app.get('/api/me', async (request, response) => {
  const { identity, refused } = await authenticateRequest(verifier, request)
  response.status(refused?.status ?? 200).json({ process: settings.name, key: identity?.key })
})
app.get('/file', async (request, response) => {
  response.json({ key: (await sessions.read(request))?.key })
})
app.use('/session', (request, response) => void sessions.listener(request, response))

const http = createServer(app)
const io = new Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, AuthenticatedData>(http, {
  adapter: createAdapter(redis),
  connectionStateRecovery: {},
})
protectSockets(io, verifier, { now })
io.on('connection', (socket) => {
  const { key } = socket.data.auth
  socket.join(key)
  socket.on('who', async (answer: (who: Who) => void) => {
    const everywhere = (await io.in(key).fetchSockets()).length
    answer({ process: settings.name, key, recovered: socket.recovered, everywhere })
  })
  socket.on('say', (text: string) => io.to(key).emit('said', text))
  socket.on('cut', () => socket.conn.close())
})
http.listen(0, '127.0.0.1', () => process.send?.((http.address() as AddressInfo).port))
