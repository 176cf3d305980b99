import { errorOfState } from '../../account/state.js'
import type { Auth } from '../../auth.js'
import type { AuthError } from '../../shared/errors.js'
import { internalsOf, type TokenProvider } from '../internals.js'

/**
 * Why there is no token to be had now: nobody is signed in, or the sign-in has failed. A promise where that is known only
 * once the start is over, and `undefined` where a token is there, or about to come: in Teams the start ends with one as a
 * rule, in a browser often with nobody signed in. Of a provider that is no `Auth` nothing is known.
 */
export function explainMissingToken(provider: TokenProvider): AuthError | Promise<unknown> | undefined {
  if (!internalsOf(provider)) return undefined
  const { state, ready } = provider as TokenProvider & Pick<Auth, 'state' | 'ready'>
  if (state.status === 'starting') return state.host.kind === 'teams' ? undefined : ready
  return state.status === 'signed-in' ? undefined : errorOfState(state)
}
