// @vitest-environment node
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { claimsChallengeOf } from '../../../../src/carriers/claims-challenge.js'
import {
  createVerifier,
  type RequireAuthOptions,
  refusal,
  requireAuth,
  TokenRefusedError,
  type Verifier,
} from '../../../../src/server/index.js'
import { createEntraEmulator, type MintOptions } from '../../../../src/testing/index.js'

const ADELE = 'adele@contoso.example'
const entra = await createEntraEmulator()
const verifier = createVerifier({
  ...entra.verifierOptions(),
  daemons: { roles: ['access_as_application'] },
  onRefused: () => {},
})

async function requestWith(options?: MintOptions): Promise<Request> {
  const token = await entra.mint(ADELE, options)
  return new Request('https://api.example/me', { headers: { authorization: `Bearer ${token}` } })
}

/** What comes of a request: the key of the user, or the status, the code and the challenge. */
async function outcomeOf(options: RequireAuthOptions, request: Request) {
  const guard = requireAuth(verifier, options as { optional: true })
  const response = await guard.fetch((_, identity) => Response.json({ key: identity?.key ?? 'nobody' }))(request)
  const body = (await response.json()) as { key?: string; code?: string }
  return body.key ?? [response.status, body.code, response.headers.get('www-authenticate')]
}

const key = `entra:${entra.tenant}:${entra.users[0]?.objectId}`
const insufficient = (code: string) => [
  403,
  code,
  `Bearer realm="api", error="insufficient_scope", error_description="${code}"`,
]

describe('a guard', () => {
  it.each([
    ['no requirement', {}, {}, key],
    ['a scope that the token has', { scopes: ['other', 'access_as_user'] }, {}, key],
    ['a scope that the token has not', { scopes: ['other'] }, {}, insufficient('wrong_scope')],
    ['a role that the user has', { roles: ['Reader', 'Admin'] }, { claims: { roles: ['Admin'] } }, key],
    [
      'a role, and the user has another',
      { roles: ['Admin'] },
      { claims: { roles: ['Adm'] } },
      insufficient('wrong_role'),
    ],
    ['a role, and the user has none', { roles: ['Admin'] }, {}, insufficient('wrong_role')],
    [
      'a role, and the claim is no list',
      { roles: ['Admin'] },
      { claims: { roles: 'Admin' } },
      insufficient('wrong_role'),
    ],
    ['both, and the role is missing', { scopes: ['access_as_user'], roles: ['Admin'] }, {}, insufficient('wrong_role')],
  ] as const)('with %s', async (_, options, minted, expected) => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    expect(await outcomeOf(options as RequireAuthOptions, await requestWith(minted))).toEqual(expected)
  })

  it('that is optional lets nobody in as nobody, and refuses a wrong token all the same', async () => {
    expect(await outcomeOf({ optional: true }, new Request('https://api.example/'))).toBe('nobody')
    expect(await outcomeOf({ optional: true }, await requestWith())).toBe(key)
    const expired = await outcomeOf({ optional: true }, await requestWith({ expiresInSeconds: -120 }))
    expect(expired).toEqual([401, 'token_expired', expect.stringContaining('invalid_token')])
  })

  it('for an authentication context asks the page for a token with it', async () => {
    const refused = await outcomeOf({ acrs: 'c1' }, await requestWith())
    const challenge = /error="insufficient_claims", claims="([\w+/=]+)"$/.exec(String(refused[2]))?.[1] ?? ''
    expect(refused.slice(0, 2)).toEqual([401, 'insufficient_claims'])
    expect(JSON.parse(atob(challenge))).toEqual({ access_token: { acrs: { essential: true, value: 'c1' } } })
    expect(await outcomeOf({ acrs: 'c1' }, await requestWith({ claims: { acrs: ['c1'] } }))).toBe(key)
    expect(await outcomeOf({ acrs: 'c1' }, await requestWith({ claims: { acrs: ['c11'] } }))).not.toBe(key)
  })

  it('lets in an app on its own where it says so, and asks it for the roles', async () => {
    const ask = async (options: RequireAuthOptions) => {
      const guard = requireAuth(verifier, { ...options, daemons: true })
      const handler = guard.fetch((_, caller) => Response.json(caller.kind === 'app' ? caller.appId : 'a user'))
      return (await handler(await requestWith({ kind: 'app-only' }))).json()
    }
    expect(await outcomeOf({}, await requestWith({ kind: 'app-only' }))).toContain('not_an_access_token')
    expect(await ask({})).toBe(entra.clientId)
    expect(await ask({ scopes: ['access_as_user'] })).toBe(entra.clientId)
    expect(await ask({ roles: ['Admin'] })).toEqual({ code: 'wrong_role' })
  })

  it('gives the identity of a request to whoever it let through, and of no other', async () => {
    const guard = requireAuth(verifier)
    const [other, mistake] = [new Request('https://api.example/'), { code: 'config_invalid', phase: 'config' }]
    expect(() => guard.identity(other)).toThrow(expect.objectContaining(mistake))
    expect(() => guard.identity(other)).toThrow('has not come through this guard')
    const app = new Hono()
    app.get('/me', guard.hono, (context) => context.text(guard.identity(context).key))
    expect(await (await app.request(await requestWith())).text()).toBe(key)
    expect((await app.request(new Request('https://api.example/me'))).status).toBe(401)
  })

  it.each([
    ['throws', () => Promise.reject(new Error('eyJ'))],
    ['gives nobody', async () => undefined],
    ['gives an app', async () => ({ kind: 'app', key: 'entra:a:b' })],
    ['gives a number for a key', async () => ({ key: 7 })],
  ])('lets nobody in where the verifier of the app %s', async (_, verify) => {
    const guard = requireAuth({ verify } as unknown as Verifier)
    const response = await guard.fetch(() => new Response('in'))(await requestWith())
    expect([response.status, await response.text()]).toEqual([503, '{"code":"temporarily_unavailable"}'])
  })

  it('answers in time where the verifier of the app does not', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const guard = requireAuth({ verify: () => new Promise(() => {}) })
    const answer = guard.fetch(() => new Response('in'))(
      new Request('https://api.example/', { headers: { authorization: 'Bearer a' } }),
    )
    await vi.advanceTimersByTimeAsync(8_000)
    expect((await answer).status).toBe(503)
    expect(await (await answer).json()).toEqual({ code: 'temporarily_unavailable' })
  })

  it.each([
    ['an app without its kind', { appId: 'a', roles: ['access_as_application'] }, 503],
    ['a user without a key', { kind: 'user' }, 503],
    ['a user', { kind: 'user', key: 'entra:a:b' }, 200],
    ['an app', { kind: 'app' }, 200],
  ])('for apps and users, over a verifier of one’s own that gives %s, answers', async (_, caller, status) => {
    const own = { verify: async () => caller, verifyCaller: async () => caller }
    const guard = requireAuth(own as never, { daemons: true })
    expect((await guard.fetch(() => new Response('in'))(await requestWith())).status).toBe(status)
  })

  it('says in the log of a developer whom it has refused, and why', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    onTestFinished(() => void vi.unstubAllEnvs())
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const guard = requireAuth(verifier, { scopes: ['Files.Read', 'Files.Write'] })
    await guard.fetch(() => new Response('in'))(await requestWith())
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/a request.*wrong_scope.*none of Files\.Read, Files\.Write/s),
    )
  })

  it('answers in Fastify with its code and its challenge, and with nothing where it lets through', async () => {
    const guard = requireAuth(verifier)
    const app = fastify()
    app.get('/me', { preHandler: [guard.fastify] }, async (request) => guard.identity(request).key)
    const refused = await app.inject('/me')
    expect([refused.statusCode, refused.json()]).toEqual([401, { code: 'token_missing' }])
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="api"')
    const authorization = (await requestWith()).headers.get('authorization') ?? ''
    expect((await app.inject({ url: '/me', headers: { authorization } })).body).toBe(key)
    await app.close()
  })

  it('answers in Express as JSON', async () => {
    const [next, setHeader, end] = [vi.fn(), vi.fn(), vi.fn()]
    const response = { statusCode: 200, headersSent: false, setHeader, end }
    await requireAuth(verifier).express({ headers: {} }, response, next)
    expect([response.statusCode, end.mock.calls]).toEqual([401, [['{"code":"token_missing"}']]])
    expect(setHeader.mock.calls).toEqual([
      ['WWW-Authenticate', 'Bearer realm="api"'],
      ['Content-Type', 'application/json; charset=utf-8'],
    ])
  })

  it('takes what is usual where it is written out', () => {
    expect(() => requireAuth(verifier, { optional: false, daemons: false })).not.toThrow()
  })

  it('lets the errors of a handler out, but for a refusal, which it answers', async () => {
    const guard = requireAuth(verifier)
    const failing = guard.fetch(() => Promise.reject(new RangeError('of the app')))
    await expect(failing(await requestWith())).rejects.toThrow(RangeError)
    const refusing = guard.fetch(() => Promise.reject(new TokenRefusedError('wrong_role', 'of the app')))
    expect((await refusing(await requestWith())).status).toBe(403)
  })

  it('goes by its options as they were when it was made', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const options: RequireAuthOptions & { roles: string[] } = { roles: ['Admin'] }
    const guard = requireAuth(verifier, options as { roles: string[] })
    Object.assign(options, { optional: true, acrs: undefined, scopes: undefined })
    options.roles.push('Reader')
    const statusOf = async (request: Request) => (await guard.fetch(() => new Response('in'))(request)).status
    expect(await statusOf(new Request('https://api.example/'))).toBe(401)
    expect(await statusOf(await requestWith({ claims: { roles: ['Reader'] } }))).toBe(403)
  })

  it.each([
    ['in by what it only calls a refusal', { name: 'TokenRefusedError', code: 'token_invalid' }, 401],
    ['in by a refusal with a status of 200', { name: 'TokenRefusedError', code: 'wrong_role', status: 200 }, 403],
    [
      'in by claims that are none',
      { name: 'TokenRefusedError', code: 'insufficient_claims', status: 401, retry: true, claims: {} },
      401,
    ],
  ])('lets nobody %s', async (_, thrown, status) => {
    const guard = requireAuth({ verify: () => Promise.reject(thrown) } as unknown as Verifier)
    const answer = await guard.fetch(() => new Response('in'))(await requestWith())
    expect([answer.status, await answer.json()]).toEqual([status, { code: thrown.code }])
    expect(refusal.of(thrown)).toMatchObject({ status, code: thrown.code })
  })

  it('answers nothing where a middleware for timeouts has answered meanwhile', async () => {
    const [next, setHeader] = [vi.fn(), vi.fn()]
    const response = { statusCode: 503, headersSent: true, setHeader, end() {} }
    await requireAuth(verifier).express({ headers: {} }, response, next)
    expect([response.statusCode, next.mock.calls, setHeader.mock.calls]).toEqual([503, [], []])
  })

  it('hands on what goes wrong as it answers', async () => {
    const next = vi.fn()
    const error = new Error('closed')
    const setHeader = () => {
      throw error
    }
    await requireAuth(verifier).express({ headers: {} }, { statusCode: 200, setHeader, end() {} }, next)
    expect(next.mock.calls).toEqual([[error]])
  })

  it.each([
    ['scopes', { scopes: [] }],
    ['scopes', { scopes: 'access_as_user' }],
    ['scopes', { scopes: ['api://app/access_as_user'] }],
    ['roles', { roles: [''] }],
    ['acrs', { acrs: 1 }],
    ['scopes', { scopes: ['access_as_user', 'api://app/access_as_user'] }],
    ['optional', { optional: 'yes' }],
    ['daemons', { daemons: 'yes' }],
    ['role', { role: 'Admin' }],
    ['acrs', { acrs: 'c1', daemons: true }],
  ])('refuses a wrong `%s` by name: %j', (name, options) => {
    expect(() => requireAuth(verifier, options as object)).toThrow(`\`${name}\``)
  })

  it('refuses to let in apps with a verifier that knows none', () => {
    const own = createVerifier(entra.verifierOptions()) as typeof verifier
    expect(() => requireAuth(own, { daemons: true })).toThrow('`daemons`')
    expect(() => requireAuth({ ...own, verifyCaller: true } as never, { daemons: true })).toThrow('`daemons`')
    expect(() => requireAuth({} as Verifier)).toThrow('`verifier`')
  })
})

describe('the types of a guard', () => {
  it('fit the frameworks, and say who can be nobody', () => {
    const use = () => {
      const app = express()
      const [always, maybe] = [requireAuth(verifier), requireAuth(verifier, { optional: true })]
      app.use('/api', always.express)
      app.get(
        '/:id',
        always.express,
        (request, response) => void response.json([request.params.id, always.identity(request).key]),
      )
      fastify().get<{ Params: { id: string } }>(
        '/:id',
        { preHandler: [always.fastify] },
        async ({ params }) => params.id,
      )
      new Hono<{ Variables: { x: string } }>().use('/api/*', maybe.hono)
      // @ts-expect-error nobody may be signed in
      maybe.identity({}).key
      // @ts-expect-error a verifier without apps gives none
      requireAuth(createVerifier(entra.verifierOptions()), { daemons: true })
      return always.fetch((request: Request & { cf: string }, { key }, context: { id: number }) =>
        Response.json([request.cf, key, context.id]),
      )
    }
    expect(use).toBeTypeOf('function')
  })
})

describe('a refusal of one’s own', () => {
  it('asks for claims, given as text or as an object', () => {
    const claims = { access_token: { acrs: { essential: true, value: 'cä' } } }
    const text = refusal.challenge(JSON.stringify(claims))
    expect(text).toEqual(refusal.challenge(claims))
    expect(text).toMatchObject({ status: 401, code: 'insufficient_claims', retry: true })
    const encoded = /claims="([^"]+)"/.exec(text.headers['WWW-Authenticate'] ?? '')?.[1] ?? ''
    expect(JSON.parse(Buffer.from(encoded, 'base64').toString())).toEqual(claims)
  })

  it('asks for no claims that no page would read, and for all that one reads', () => {
    const claimsOf = (length: number) => ({ access_token: { x: { value: 'y'.repeat(length) } } })
    const headerOf = (length: number) => refusal.challenge(claimsOf(length)).headers['WWW-Authenticate'] ?? ''
    const longest = [...Array(100).keys()]
      .map((each) => 6_099 - each)
      .find((length) => {
        try {
          return headerOf(length)
        } catch {
          return false
        }
      })
    expect(headerOf(longest ?? 0).length).toBeGreaterThan(8_192 - 4)
    for (const length of [6_100, 7_000, 300_000]) expect(() => refusal.challenge(claimsOf(length))).toThrow('6 KB')
    const { headers } = refusal.challenge(claimsOf(6_000))
    expect(JSON.parse(claimsChallengeOf(new Headers(headers)) ?? '')).toEqual(claimsOf(6_000))
  })

  it('asks for consent', () => {
    expect(refusal.consent(['User.Read', 'https://graph.microsoft.com/Mail.Read'])).toEqual({
      status: 403,
      code: 'consent_required',
      retry: false,
      headers: {
        'WWW-Authenticate':
          'Bearer realm="api", error="interaction_required", error_description="consent_required", scopes="User.Read,https://graph.microsoft.com/Mail.Read", proposedAction="consent"',
      },
    })
  })

  it.each([undefined, '', '[]', 'null', '{', 7, []])('takes no claims that are none: %j', (claims) => {
    expect(() => refusal.challenge(claims)).toThrow('`claims`')
    const mistake = { code: 'config_invalid', phase: 'config' }
    expect(() => refusal.challenge(claims)).toThrow(expect.objectContaining(mistake))
  })

  it.each([[[]], [['']], [['a b']], [['a"b']], [['a,b']], [['a\r\nb']]])(
    'takes no scopes that are none: %j',
    (scopes) => {
      expect(() => refusal.consent(scopes)).toThrow('`scopes`')
    },
  )

  it('is known of what a verifier throws, and of nothing else', () => {
    expect(refusal.of(new TokenRefusedError('wrong_role', 'x'))).toMatchObject({ status: 403, code: 'wrong_role' })
    expect(refusal.of(new Error('x'))).toBeUndefined()
    expect(refusal.of(undefined)).toBeUndefined()
  })
})
