import * as React from 'react'
import { createKeptToken, readOnServer, type TokenState } from './keep-token.js'
import { useAuth } from './use-auth.js'
import { useStore } from './use-store.js'

export type { TokenState }

/**
 * An access token for what cannot use `auth.fetch`, always of who is signed in now, and renewed before it expires.
 *
 * @param scopes - default: `AuthOptions.scopes`
 *
 * @example
 * ```tsx
 * const result = useToken('User.Read')
 * if (result.status === 'failed') return <button onClick={result.signIn}>{result.error.remedy}</button>
 * return result.status === 'ready' ? <Chart token={result.token} /> : null
 * ```
 */
export function useToken(scopes?: string | string[]): TokenState {
  const { auth, state } = useAuth()
  const account = state.status === 'signed-in' ? state.account.key : undefined
  const [subscribe, read] = React.useMemo(
    () => createKeptToken(auth, account, scopes),
    // A list of scopes can be another one at each render.
    [auth, account, String(scopes)],
  )
  return useStore(subscribe, read, readOnServer)
}
