import * as React from 'react'
import type { Auth } from '../auth.js'

export const AuthContext = React.createContext<Auth | undefined>(undefined)

export interface AuthProviderProps {
  /** Of `createAuth()`, made once in a module of its own: a component that makes one would make another at each mount. */
  readonly auth: Auth
  readonly children?: React.ReactNode
}

/**
 * Gives an `Auth` to the components below. It neither makes nor disposes of one.
 *
 * @example
 * ```tsx
 * <AuthProvider auth={auth}><App /></AuthProvider>
 * ```
 */
export function AuthProvider({ auth, children }: AuthProviderProps): React.ReactElement {
  return React.createElement(AuthContext.Provider, { value: auth }, children)
}
