// @vitest-environment node
import { createHash, X509Certificate } from 'node:crypto'
import { inspect } from 'node:util'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  createOnBehalfOf,
  createVerifier,
  type Identity,
  type OnBehalfOfError,
  type OnBehalfOfOptions,
  refusal,
  requireAuth,
} from '../../../../src/server/index.js'
import { createEntraEmulator, type EntraEmulator } from '../../../../src/testing/index.js'
import { ADELE, ALEX, SECRET, serverOf } from './server.js'

const pair = await generate([{ name: 'commonName', value: 'server' }], { keySize: 2048, algorithm: 'sha256' })
const certificate = {
  privateKey: pair.private,
  thumbprintSha256: createHash('sha256').update(new X509Certificate(pair.cert).raw).digest('hex'),
}

let entra: EntraEmulator
let time: number

beforeEach(async () => {
  time = Date.now()
  const web = { redirectUris: ['http://localhost:8000/'], clientSecret: SECRET, certificates: [pair.cert] }
  entra = await createEntraEmulator({ web, now: () => time })
})
afterEach(() => entra.dispose())

const setUp = (changes?: Partial<OnBehalfOfOptions>) => serverOf(entra, changes, () => time)

const tokenRequests = () => entra.requests.filter(({ endpoint }) => endpoint === 'token').length

async function nameAtGraph(token: string): Promise<unknown> {
  const request = new Request('https://graph.microsoft.com/v1.0/me', { headers: { authorization: `Bearer ${token}` } })
  return ((await (await entra.handleGraph(request)).json()) as { displayName?: unknown }).displayName
}

/** What it is refused with, which shows nothing that it must not. */
async function refusalOf(asked: Promise<unknown>): Promise<OnBehalfOfError> {
  const error = await asked.then(
    () => Promise.reject(new Error('It was given.')),
    (thrown: unknown) => thrown as OnBehalfOfError,
  )
  expect(error.name).toBe('OnBehalfOfError')
  for (const shown of [inspect(error), JSON.stringify(error), error.message, JSON.stringify(error.headers)])
    expect(shown).not.toMatch(/eyJ[\w-]*\.|the secret|PRIVATE KEY/)
  expect(error.cause).toBeUndefined()
  return error
}

describe('a token on behalf of a user', () => {
  it.each([
    ['a secret', {}],
    ['a certificate', { secret: undefined, certificate }],
  ])('is that of the user, by %s', async (_, proof) => {
    const { onBehalfOf, identityOf } = setUp(proof)
    for (const [user, name] of [
      [ADELE, 'Adele Vance'],
      [ALEX, 'Alex Wilber'],
    ] as const) {
      const { token, expiresOnTimestamp } = await onBehalfOf.token(await identityOf(user), ['User.Read'])
      expect(await nameAtGraph(token)).toBe(name)
      expect(expiresOnTimestamp).toBeGreaterThan(Date.now() + 3_000_000)
    }
  })

  it('comes from the cache, for the same user, scopes and token', async () => {
    const { onBehalfOf, identityOf } = setUp()
    const identity = await identityOf()
    const first = await onBehalfOf.token(identity, ['User.Read'])
    expect(await onBehalfOf.token(identity, ['User.Read'])).toEqual(first)
    expect(tokenRequests()).toBe(1)
    await onBehalfOf.token(identity, ['Mail.Read'])
    await onBehalfOf.token(await identityOf(ALEX), ['User.Read'])
    expect(tokenRequests()).toBe(3)
  })

  it('costs one request for many calls at once', async () => {
    const { onBehalfOf, identityOf } = setUp()
    const identity = await identityOf()
    const tokens = await Promise.all(Array.from({ length: 50 }, () => onBehalfOf.token(identity, ['User.Read'])))
    expect([new Set(tokens.map(({ token }) => token)).size, tokenRequests()]).toEqual([1, 1])
  })

  it('is asked for with the token of this very request, and for a session with the last one of its user', async () => {
    const { onBehalfOf, identityOf } = setUp()
    const strong = await identityOf(ADELE, { claims: { acrs: ['c1'] } })
    const weak = await identityOf(ADELE)
    const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: 'c1' } } })
    expect((await onBehalfOf.token(strong, ['User.Read'], { claims })).token).toBeTypeOf('string')
    expect((await refusalOf(onBehalfOf.token(weak, ['User.Read'], { claims }))).code).toBe('insufficient_claims')
    const { key, tenantId, objectId } = weak
    const session = { key, tenantId, objectId }
    expect(await nameAtGraph((await onBehalfOf.token(session, ['User.Read'])).token)).toBe('Adele Vance')
  })

  it('is shared by processes that share a store, and asked for anew where the store fails', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const values = new Map<string, string>()
    const store = {
      get: async (key: string) => values.get(key),
      set: async (key: string, value: string) => values.set(key, value),
    }
    const [one, other] = [setUp({ store }), setUp({ store })]
    const token = await entra.mint(ADELE)
    const first = await one.onBehalfOf.token(await one.verifier.verify(token), ['User.Read'])
    expect(await other.onBehalfOf.token(await other.verifier.verify(token), ['User.Read'])).toEqual(first)
    expect(tokenRequests()).toBe(1)
    const { key, tenantId, objectId } = await one.verifier.verify(token)
    expect([...values.keys()]).toEqual([`twodoor.${entra.clientId}.${tenantId}.${objectId}`])
    await other.onBehalfOf.forget({ key, tenantId, objectId })
    expect([...values.values()]).toEqual([''])
    const fail = () => Promise.reject(new Error('eyJ'))
    const broken = setUp({ store: { get: fail, set: fail } })
    expect((await broken.onBehalfOf.token(await broken.identityOf(), ['User.Read'])).token).toBeTypeOf('string')
  })

  it('reaches an authority on loopback without TLS', async () => {
    const local = await createEntraEmulator({
      url: 'http://localhost:4400',
      web: { redirectUris: [], clientSecret: SECRET },
    })
    const verifier = createVerifier({ ...local.verifierOptions(), keepTokens: true })
    const own = createOnBehalfOf({ verifier, clientId: local.clientId, secret: SECRET, fetch: local.fetch })
    const identity = await verifier.verify(await local.mint(ADELE))
    expect((await own.token(identity, ['User.Read'])).token).toBeTypeOf('string')
  })
})

describe('what is missing of the user travels to the page', () => {
  it('as a demand for consent', async () => {
    const { onBehalfOf, identityOf } = setUp()
    const identity = await identityOf()
    entra.requireConsent(ADELE)
    const error = await refusalOf(onBehalfOf.token(identity, ['User.Read', 'Mail.Read']))
    expect(refusal.of(error)).toEqual(refusal.consent(['User.Read', 'Mail.Read']))
    expect(error).toMatchObject({ code: 'consent_required', aadsts: 65001, status: 403 })
  })

  it('as a claims challenge', async () => {
    const { onBehalfOf, identityOf } = setUp()
    const identity = await identityOf()
    entra.requireMfa(ADELE)
    const error = await refusalOf(onBehalfOf.token(identity, ['User.Read']))
    expect(refusal.of(error)).toMatchObject({ status: 401, code: 'insufficient_claims', retry: true })
    const encoded = /claims="([^"]+)"/.exec(error.headers['WWW-Authenticate'] ?? '')?.[1] ?? ''
    expect(JSON.parse(atob(encoded))).toHaveProperty('access_token.capolids.essential', true)
  })

  it.each([
    [
      'has expired meanwhile',
      () => {
        time += 3_700_000
      },
    ],
    [
      'is forgotten',
      async ({ onBehalfOf }: ReturnType<typeof setUp>, identity: Identity) => onBehalfOf.forget(identity),
    ],
  ])('as a demand for another token where the token of the user %s', async (_, happen) => {
    const world = setUp()
    const identity = await world.identityOf()
    await happen(world, identity)
    const error = await refusalOf(world.onBehalfOf.token(identity, ['User.Read']))
    expect([error.code, error.status, tokenRequests()]).toEqual(['sign_in_required', 401, 0])
    expect(error.headers['WWW-Authenticate']).toContain('error="invalid_token"')
  })

  it('is the answer of a guard and of Hono, without a word for the log', async () => {
    const { verifier, onBehalfOf } = setUp()
    entra.requireConsent(ADELE)
    const handler = requireAuth(verifier).fetch(async (_, identity) =>
      Response.json(await onBehalfOf.token(identity, ['User.Read'])),
    )
    const headers = { authorization: `Bearer ${await entra.mint(ADELE)}` }
    const answer = await handler(new Request('https://api.example/', { headers }))
    expect([answer.status, await answer.text()]).toEqual([403, '{"code":"consent_required"}'])
    const identity = await verifier.verify(await entra.mint(ADELE))
    const ofHono = (await refusalOf(onBehalfOf.token(identity, ['User.Read']))).getResponse()
    expect([ofHono.status, await ofHono.text()]).toEqual([403, '{"code":"consent_required"}'])
  })
})

describe('a mistake of the server is named with its remedy, and is no secret to nobody but the page', () => {
  beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))

  it.each([
    ['a wrong secret', { secret: 'the secret that is wrong' }, ['User.Read'], 7000215, 'client secret'],
    ['an expired assertion', { secret: undefined, assertion: 'expired' }, ['User.Read'], 700024, 'has expired'],
    ['a wrong certificate', { secret: undefined, certificate: 'stranger' }, ['User.Read'], 700027, 'certificate'],
    [
      'scopes of two APIs',
      {},
      ['User.Read', 'api://app.example/c1111111-2222-4333-8444-555555555555/access_as_user'],
      28000,
      'more than one API',
    ],
    ['a scope of an API that does not exist', {}, ['api://another/read'], 500011, 'does not offer'],
  ] as const)('%s', async (_, changes, scopes, aadsts, remedy) => {
    const { private: stranger } = await generate([{ name: 'commonName', value: 'x' }], {
      keySize: 2048,
      algorithm: 'sha256',
    })
    const given: Partial<OnBehalfOfOptions> = {
      ...changes,
      ...('assertion' in changes && { assertion: () => clientAssertion(entra, time / 1000 - 60) }),
      ...('certificate' in changes && { certificate: { ...certificate, privateKey: stranger } }),
    } as Partial<OnBehalfOfOptions>
    const { onBehalfOf, identityOf } = setUp(given)
    const error = await refusalOf(onBehalfOf.token(await identityOf(), scopes))
    expect(error).toMatchObject({ code: 'config_invalid', status: 500, aadsts, headers: {} })
    expect(error.remedy).toContain(remedy)
    expect(refusal.of(error)).toEqual({ status: 500, code: 'config_invalid', retry: false, headers: {} })
  })

  it('by a client assertion it gets the token all the same', async () => {
    const assertion = () => clientAssertion(entra, time / 1000 + 600)
    const { onBehalfOf, identityOf } = setUp({ secret: undefined, assertion })
    expect((await onBehalfOf.token(await identityOf(), ['User.Read'])).token).toBeTypeOf('string')
  })

  it('msal-node that is not installed', async () => {
    vi.resetModules()
    vi.doMock('@azure/msal-node', () => {
      throw new Error('Cannot find package')
    })
    onTestFinished(() => void vi.doUnmock('@azure/msal-node'))
    const server = await import('../../../../src/server/index.js')
    const verifier = server.createVerifier({ ...entra.verifierOptions(), keepTokens: true })
    const own = server.createOnBehalfOf({ verifier, clientId: entra.clientId, secret: SECRET })
    const identity = await verifier.verify(await entra.mint(ADELE))
    const error = await refusalOf(own.token(identity, ['User.Read']))
    expect(error).toMatchObject({
      code: 'config_invalid',
      remedy: expect.stringContaining('npm install @azure/msal-node'),
    })
  })

  it.each([
    ['no user', { kind: 'app', tenantId: 'x' }, ['User.Read']],
    ['the key of somebody else', { key: 'entra:a:b' }, ['User.Read']],
    ['no scope', {}, []],
    ['a text for a scope', {}, 'User.Read'],
    ['two scopes in one', {}, ['User.Read Mail.Read']],
    ['a scope with a quote', {}, ['User"Read']],
  ])('a call with %s', async (_, changes, scopes) => {
    const { onBehalfOf, identityOf } = setUp()
    const user = { ...(await identityOf()), ...changes } as Identity
    expect((await refusalOf(onBehalfOf.token(user, scopes as string[]))).code).toBe('config_invalid')
    expect(tokenRequests()).toBe(0)
  })
})

describe('where Entra ID does not answer', () => {
  it.each([
    ['breaks the connection', { drop: true }],
    ['is down', { status: 503 }],
    ['throttles', { retryAfterSeconds: 60 }],
    ['answers with no JSON', { raw: '<html>' }],
  ])('and %s, the server says to come back', async (_, fault) => {
    const { onBehalfOf, identityOf } = setUp()
    const identity = await identityOf()
    entra.faults.push({ at: 'token', ...fault })
    const error = await refusalOf(onBehalfOf.token(identity, ['User.Read']))
    expect([error.code, error.status, error.headers['Retry-After']]).toEqual(['temporarily_unavailable', 503, '5'])
    expect((await onBehalfOf.token(identity, ['User.Read'])).token).toBeTypeOf('string')
  })

  it('and hangs, there is an answer in time', async () => {
    const { verifier, identityOf } = setUp()
    const identity = await identityOf()
    const onBehalfOf = createOnBehalfOf({
      verifier,
      clientId: entra.clientId,
      secret: SECRET,
      fetch: () => new Promise(() => {}),
    })
    await import('@azure/msal-node')
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const refused = refusalOf(onBehalfOf.token(identity, ['User.Read']))
    await vi.advanceTimersByTimeAsync(12_000)
    expect((await refused).code).toBe('temporarily_unavailable')
  })

  it('the secret follows no redirect', async () => {
    const asked: string[] = []
    const fetch: typeof globalThis.fetch = async (url, init) => {
      asked.push(`${String(url).split('?')[0]} ${init?.redirect}`)
      throw new TypeError('redirected')
    }
    const { onBehalfOf, identityOf } = setUp({ fetch })
    await refusalOf(onBehalfOf.token(await identityOf(), ['User.Read']))
    expect(asked).toEqual([`${entra.url}/${entra.tenant}/oauth2/v2.0/token error`])
  })
})

describe('the tokens that a verifier keeps', () => {
  it('are in nothing that can be listed, written or logged', async () => {
    const { verifier, onBehalfOf, identityOf } = setUp()
    const identity = await identityOf()
    await onBehalfOf.token(identity, ['User.Read'])
    for (const each of [verifier, onBehalfOf, identity]) {
      const names = Object.getOwnPropertyNames(each).concat(Object.getOwnPropertySymbols(each).map(String))
      expect(names.join()).not.toMatch(/token.*s$|secret/i)
      // With its dot: a key has hundreds of letters by chance, and `eyJ` can be among them.
      expect(inspect(each, { depth: 9, showHidden: true }) + JSON.stringify(each)).not.toMatch(/eyJ[\w-]+\.|the secret/)
    }
  })

  it('are none by default', async () => {
    const verifier = createVerifier(entra.verifierOptions())
    expect(() => createOnBehalfOf({ verifier, clientId: entra.clientId, secret: SECRET })).toThrow('`verifier`')
  })
})

describe('the options', () => {
  it.each([
    ['`clientId`', { clientId: 'c2222222-2222-4333-8444-555555555555' }],
    ['give exactly one', { secret: undefined }],
    ['give exactly one', { assertion: 'x' }],
    ['`secret`', { secret: ' ' }],
    ['`certificate`', { secret: undefined, certificate: { privateKey: pair.private, thumbprintSha256: 'abc' } }],
    ['`certificate`', { secret: undefined, certificate: { ...certificate, privateKey: 'the secret' } }],
    ['`assertion`', { secret: undefined, assertion: 7 }],
    ['`store`', { store: {} }],
    ['`fetch`', { fetch: 7 }],
    ['`clientSecret`', { clientSecret: SECRET }],
  ])('are refused with %s, and show no secret', (name, changes) => {
    const create = () => setUp(changes as Partial<OnBehalfOfOptions>)
    expect(create).toThrow(name)
    expect(create).toThrow(expect.objectContaining({ code: 'config_invalid' }))
    expect(create).not.toThrow(/the secret|PRIVATE KEY/)
  })
})

/** What workload identity federation gives, here signed with the key of the certificate. */
async function clientAssertion({ clientId, url, tenant }: EntraEmulator, expiresAt: number): Promise<string> {
  const { importPKCS8, SignJWT } = await import('jose')
  const aud = `${url}/${tenant}/oauth2/v2.0/token`
  return new SignJWT({ iss: clientId, sub: clientId, aud, exp: Math.floor(expiresAt) })
    .setProtectedHeader({ alg: 'PS256' })
    .sign(await importPKCS8(pair.private, 'PS256'))
}
