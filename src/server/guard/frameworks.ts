// What is used of each framework, by structure: none of them is ever imported, not even for its types.

import { type RequestRefusal, responseOf } from '../fetch/refusals.js'
import type { RequestLike } from '../request.js'

/** A response of `node:http`, Express, Connect and the like. */
export interface ExpressResponse {
  statusCode: number
  readonly headersSent?: boolean | undefined
  setHeader(name: string, value: string): unknown
  end(text: string): unknown
}

/** The context of Hono. */
export interface HonoContext {
  readonly req: { readonly raw: Request }
}

/** A reply of Fastify. */
export interface FastifyReply {
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  send(body: { readonly code: string }): unknown
}

/** Who may come in, in the words of each framework. */
export interface Guard<C> {
  /** For Express, Connect and the like: `app.get('/api/me', guard.express, handler)`. */
  express(request: RequestLike & object, response: ExpressResponse, next: (error?: unknown) => unknown): Promise<void>
  /** For Hono: `app.use('/api/*', guard.hono)`. */
  hono(context: HonoContext, next: () => Promise<unknown>): Promise<Response | undefined>
  /** For Fastify, before the body is read: `fastify.get('/api/me', { onRequest: guard.fastify }, handler)`. */
  fastify(request: RequestLike & object, reply: FastifyReply): Promise<unknown>
  /**
   * For handlers of the web platform, as Next.js, Deno, Bun and workers have them: `export const GET = guard.fetch(handler)`. What
   * comes after the request is handed on. A refusal of {@link createOnBehalfOf} that the handler throws is answered.
   */
  fetch<R extends Request, Rest extends unknown[]>(
    handler: (request: R, caller: C, ...rest: Rest) => Response | Promise<Response>,
  ): (request: R, ...rest: Rest) => Promise<Response>
  /**
   * Who sent the request: of Express or Fastify, or the context of Hono.
   *
   * @throws {AuthError} `config_invalid` if the request has not come through this guard
   */
  identity(request: object): C
}

/** Whom a request is of, or how to refuse it. */
export type Decision<C> =
  | { readonly caller: C; readonly refused?: undefined }
  | { readonly caller?: undefined; readonly refused: RequestRefusal }

export interface GuardParts<C> {
  decide(request: RequestLike): Promise<Decision<C>>
  /** Notes whose request it is. */
  note(request: object, caller: C): void
  /** How to answer what a handler has thrown, if that says it. */
  refusalOf(error: unknown): RequestRefusal<string> | undefined
}

/** A handler goes on only for a request that nothing speaks against. */
export function guardFor<C>({ decide, note, refusalOf }: GuardParts<C>): Omit<Guard<C>, 'identity'> {
  return {
    async express(request, response, next) {
      const { caller, refused } = await decide(request)
      if (refused) return endWith(response, refused, next)
      note(request, caller as C)
      next()
    },
    async hono(context, next) {
      const { caller, refused } = await decide(context.req.raw)
      if (refused) return responseOf(refused)
      note(context, caller as C)
      await next()
      return undefined
    },
    async fastify(request, reply) {
      const { caller, refused } = await decide(request)
      if (!refused) return note(request, caller as C)
      reply.code(refused.status)
      reply.headers({ ...refused.headers })
      return reply.send({ code: refused.code })
    },
    fetch:
      (handler) =>
      async (request, ...rest) => {
        const { caller, refused } = await decide(request)
        if (refused) return responseOf(refused)
        try {
          return await handler(request, caller as C, ...rest)
        } catch (error) {
          const thrown = refusalOf(error)
          if (thrown) return responseOf(thrown)
          throw error
        }
      },
  }
}

function endWith(response: ExpressResponse, refusal: RequestRefusal, next: (error: unknown) => unknown): void {
  if (response.headersSent) return // a middleware for timeouts, for example, has answered meanwhile
  try {
    write(response, refusal)
  } catch (error) {
    next(error)
  }
}

function write(response: ExpressResponse, { status, code, headers }: RequestRefusal): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.end(JSON.stringify({ code }))
}
