import type { Account, AuthState, AuthStatus } from '../index.js'
import { AuthError } from '../shared/errors.js'
import { must } from '../shared/validate.js'
import { defaultTenant, defaultUsers } from './entra/users.js'

/**
 * A state, or the name of a status alone: `signed-in` with {@link testAccount}, `signed-out` with the reason `no-account`,
 * and `failed` with the error `unavailable`.
 */
export type TestState = AuthStatus | AuthState | AuthStatus['status']

/** The account of `signed-in` where a test names none: the first user of the Entra emulator. */
export const testAccount: Account = accountOfFirst(defaultUsers)

const named: Readonly<Record<AuthStatus['status'], () => AuthStatus>> = {
  starting: () => ({ status: 'starting' }),
  'signed-in': () => ({ status: 'signed-in', account: testAccount }),
  'signed-out': () => ({ status: 'signed-out', reason: 'no-account' }),
  failed: () => ({ status: 'failed', error: new AuthError('unavailable', { phase: 'source' }) }),
}

/** @throws {AuthError} `config_invalid`: there is no status of that name */
export function statusOf(state: TestState): AuthStatus | AuthState {
  const name: unknown = typeof state === 'string' ? state : state?.status
  const names = Object.keys(named)
  must('state', name, names.includes(name as string), `a state, or one of ${names.join(', ')}, for example 'signed-in'`)
  return typeof state === 'string' ? named[state]() : state
}

function accountOfFirst([user]: typeof defaultUsers): Account {
  if (!user) throw new TypeError('The emulator has users.')
  const { objectId, username, name } = user
  return { key: `entra:${defaultTenant}:${objectId}`, tenantId: defaultTenant, objectId, username, name }
}
