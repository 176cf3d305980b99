// @vitest-environment node
// The cases of requests and sessions against the frameworks of Node, each as it is by default.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticateRequest, createSessions, requireAuth } from '../../../src/server/index.js'
import { runCase, wireCases } from '../../conformance/wire/run.js'
import type { Target } from '../../conformance/wire/wire-case.js'
import { SECRET, tokens, verifier } from './half.js'

interface Served {
  readonly url: string
  close(): Promise<unknown>
}

const sessions = createSessions({ verifier, secret: SECRET })
const guard = requireAuth(verifier)

async function addressOf(server: Server): Promise<string> {
  if (!server.listening) await new Promise((resolve) => void server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function closing(server: Server): () => Promise<unknown> {
  return () => new Promise((resolve) => void server.close(resolve))
}

const frameworks: Record<string, () => Promise<Served>> = {
  async Express() {
    const app = express()
    app.get('/me', async (request, response) => {
      const { identity, refused } = await authenticateRequest(verifier, request)
      if (refused) return void response.status(refused.status).set(refused.headers).json({ code: refused.code })
      response.json({ key: identity.key })
    })
    app.get('/guarded', guard.express, (request, response) => {
      response.json({ key: guard.identity(request).key })
    })
    app.use('/session', sessions.listener)
    const server = app.listen(0, '127.0.0.1')
    return { url: await addressOf(server), close: closing(server) }
  },
  async Hono() {
    const app = new Hono()
    app.get('/me', async ({ req, json }) => {
      const { identity, refused } = await authenticateRequest(verifier, req.raw)
      if (refused) return Response.json({ code: refused.code }, refused)
      return json({ key: identity.key })
    })
    app.get('/guarded', guard.hono, (context) => context.json({ key: guard.identity(context).key }))
    const answer = guard.fetch((_, { key }) => Response.json({ key }))
    app.get('/handler', ({ req }) => answer(req.raw))
    app.all('/session', ({ req }) => sessions.handle(req.raw))
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
    return { url: await addressOf(server), close: closing(server) }
  },
  async Fastify() {
    const app = fastify()
    app.get('/me', async (request, reply) => {
      const { identity, refused } = await authenticateRequest(verifier, request)
      if (refused) return reply.code(refused.status).headers(refused.headers).send({ code: refused.code })
      return { key: identity.key }
    })
    app.get('/guarded', { onRequest: guard.fastify }, (request) => ({ key: guard.identity(request).key }))
    app.all('/session', async (request, reply) => {
      reply.hijack()
      await sessions.listener(request, reply.raw)
    })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    return { url, close: () => app.close() }
  },
}

describe.each(Object.entries(frameworks))('%s', (name, start) => {
  let served: Served
  let target: Target

  beforeAll(async () => {
    served = await start()
    const { url } = served
    target = {
      sessionUrl: `${url}/session`,
      requestUrl: `${url}/me`,
      transport: 'polling',
      encoding: 'default',
      tokens,
    }
  })

  afterAll(() => served.close())

  const cases = wireCases.filter(({ on }) => on === 'requests' || on === 'sessions')
  it.concurrent.each(cases.map((each) => [each.number, each.sentence, each] as const))('%s: %s', async (...row) => {
    expect(await runCase(row[2], target)).toEqual({ status: 'passed' })
  })

  const requests = cases.filter(({ on }) => on === 'requests')
  it.concurrent.each(requests.map((each) => [each.number, each.sentence, each] as const))(
    '%s behind a guard: %s',
    async (...row) => {
      const paths = ['/guarded', ...(name === 'Hono' ? ['/handler'] : [])]
      for (const path of paths)
        expect(await runCase(row[2], { ...target, requestUrl: `${served.url}${path}` })).toEqual({ status: 'passed' })
    },
  )
})
