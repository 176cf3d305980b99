import { expect, it, vi } from 'vitest'
import { requiring } from '../../../../src/server/guard/requirements.js'
import { type Identity, TokenRefusedError, type Verifier } from '../../../../src/server/index.js'

const policy = { clientId: 'c', authority: 'https://login.example', tenants: ['t'], scopes: ['access_as_user'] }
const identity = { key: 'entra:t:o', scopes: ['access_as_user'], roles: ['Reader'] } as unknown as Identity

/** As an app would write one: what it has is not its own, but of its class. */
class OwnVerifier implements Verifier {
  readonly #identity = identity
  get policy() {
    return policy
  }
  async verify() {
    return this.#identity
  }
}

it('a verifier of a class keeps its policy, and verifies', async () => {
  const strict = requiring(new OwnVerifier(), { roles: ['Reader'] }, () => {})
  expect([strict.policy, await strict.verify('a token')]).toEqual([policy, identity])
})

it.each([
  ['wrong_role', { roles: ['Admin'] }],
  ['wrong_scope', { scopes: ['other'] }],
])('the log hears of %s, which the verifier knows nothing of', async (code, requirements) => {
  const log = vi.fn()
  const refused = requiring(new OwnVerifier(), requirements, log).verify('a token')
  await expect(refused).rejects.toBeInstanceOf(TokenRefusedError)
  expect(log.mock.calls).toEqual([[{ code, reason: expect.stringContaining('which is asked for here') }]])
})

it('what is asked for does not change with the object of the app', async () => {
  const requirements: { roles?: string[] } = { roles: ['Admin'] }
  const strict = requiring(new OwnVerifier(), requirements, () => {})
  requirements.roles?.push('Reader')
  requirements.roles = ['Reader']
  await expect(strict.verify('a token')).rejects.toHaveProperty('code', 'wrong_role')
})
