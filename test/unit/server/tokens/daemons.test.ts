// @vitest-environment node
import { describe, expect, it } from 'vitest'
import {
  authenticateRequest,
  type Caller,
  createSessions,
  createVerifier,
  type Identity,
  protectSockets,
  type ServerLike,
  type Verifier,
} from '../../../../src/server/index.js'
import { createEntraEmulator } from '../../../../src/testing/index.js'

const ROLE = 'access_as_application'
const entra = await createEntraEmulator()
const daemons = { roles: [ROLE] }
const verifier = createVerifier({ ...entra.verifierOptions(), daemons, onRefused: () => {} })
const appToken = () => entra.mint('adele@contoso.example', { kind: 'app-only' })

describe('an app on its own', () => {
  it('is let in where it is asked for, with nothing that a user has', async () => {
    const caller = await verifier.verifyCaller(await appToken())
    expect(caller).toMatchObject({ kind: 'app', tenantId: entra.tenant, appId: entra.clientId, roles: [ROLE] })
    for (const name of ['key', 'objectId', 'scopes', 'username']) expect(caller).not.toHaveProperty(name)
  })

  it('is nobody at any door for users, though its verifier knows apps', async () => {
    const token = await appToken()
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'not_an_access_token' })
    const request = new Request('https://app.example/session', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    expect((await authenticateRequest(verifier, request)).refused?.code).toBe('not_an_access_token')
    const sessions = createSessions({ verifier, secret: 'a secret of tests, 32 bytes or more' })
    expect((await sessions.handle(request)).status).toBe(401)
  })

  it('begins no session even where somebody hands its check to a door for users', async () => {
    const confused = { policy: verifier.policy, verify: verifier.verifyCaller } as Verifier
    const headers = { authorization: `Bearer ${await appToken()}` }
    const sessions = createSessions({ verifier: confused, secret: 'a secret of tests, 32 bytes or more' })
    const answer = await sessions.handle(new Request('https://app.example/session', { method: 'POST', headers }))
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([503, null])
  })

  it('is let in nowhere by default', () => {
    expect(createVerifier(entra.verifierOptions())).not.toHaveProperty('verifyCaller')
  })

  it('cannot be taken for a user by a program that TypeScript accepts', () => {
    const use = (caller: Caller, io: ServerLike) => {
      // @ts-expect-error an app has no key
      caller.key
      // @ts-expect-error an app is no user
      const user: Identity = caller
      // @ts-expect-error a door for users takes no check that lets in apps
      protectSockets(io, { verify: verifier.verifyCaller })
      return caller.kind === 'app' ? caller.appId : [caller.key, user]
    }
    expect(use).toBeTypeOf('function')
  })
})

describe('the options for apps', () => {
  it.each([
    ['daemons', true],
    ['daemons.roles', {}],
    ['daemons.roles', { roles: [] }],
    ['daemons.roles', { roles: [''] }],
    ['daemons.clients', { roles: [ROLE], clients: ['daemon'] }],
    ['daemons.clients', { roles: [ROLE], clients: [] }],
    ['client', { roles: [ROLE], client: [] }],
  ])('refuse a wrong `%s` by name: %j', (name, given) => {
    const options = { ...entra.verifierOptions(), daemons: given as typeof daemons }
    expect(() => createVerifier(options)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
    expect(() => createVerifier(options)).toThrow(`\`${name}\``)
  })
})
