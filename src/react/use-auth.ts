import * as React from 'react'
import type { AuthState } from '../account/state.js'
import type { Auth } from '../auth.js'
import { AuthContext } from './auth-provider.js'
import { useStore } from './use-store.js'

export interface AuthInReact {
  readonly auth: Auth
  /** `auth.state`. The component renders again at every change. */
  readonly state: AuthState
}

/** What a server renders, and the first render of a page that it has rendered: the page must begin with the same. */
const STARTING: AuthState = { host: { kind: 'browser', certain: false, reasons: [] }, status: 'starting' }
const onServer = () => STARTING

/**
 * The `Auth` of the nearest {@link AuthProvider}, and its state.
 *
 * @throws {Error} without an `AuthProvider` around the component
 *
 * @example
 * ```tsx
 * const { auth, state } = useAuth()
 * if (state.status === 'signed-in') return <p>{state.account.name}</p>
 * return <button onClick={auth.signIn}>Sign in</button>
 * ```
 */
export function useAuth(): AuthInReact {
  const auth = React.useContext(AuthContext)
  if (!auth) throw new Error('There is no <AuthProvider> around this component.')
  const state = useStore(auth.subscribe, () => auth.state, onServer)
  return { auth, state }
}
