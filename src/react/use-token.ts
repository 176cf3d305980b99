import * as React from 'react'
import { keepToken, type TokenState, WAITING } from './keep-token.js'
import { useAuth } from './use-auth.js'

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
  const wanted = JSON.stringify(scopes)
  const [kept, keep] = React.useState({ auth, account, wanted, token: WAITING })
  React.useEffect(() => {
    if (account === undefined) return undefined
    const given = wanted === undefined ? undefined : (JSON.parse(wanted) as string | string[])
    return keepToken(auth, given, (token) => keep({ auth, account, wanted, token }))
  }, [auth, account, wanted])
  const isOfNow = kept.auth === auth && kept.account === account && kept.wanted === wanted
  return isOfNow ? kept.token : WAITING
}
