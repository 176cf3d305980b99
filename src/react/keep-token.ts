import type { Auth } from '../auth.js'
import type { AuthError } from '../shared/errors.js'
import { SOFT_WINDOW_MS } from '../tokens/token-windows.js'

export type TokenState =
  /** Nobody is signed in, or the token is on its way. */
  | { readonly status: 'waiting' }
  | { readonly status: 'ready'; readonly token: string; readonly expiresOnTimestamp: number }
  | {
      readonly status: 'failed'
      readonly error: AuthError
      /** For a click: `auth.signIn()` with the scopes and claims that are missing; then the token is asked for again. */
      readonly signIn: () => Promise<void>
    }

export const WAITING: TokenState = { status: 'waiting' }

/** Also where a host gives the same token until shortly before its end. */
const SHORTEST_PAUSE_MS = 30_000

/** Calls `onToken` with the token of an account, and with each one that replaces it. Returns what ends that. */
export function keepToken(
  auth: Pick<Auth, 'getToken' | 'signIn'>,
  scopes: string | string[] | undefined,
  onToken: (token: TokenState) => void,
): () => void {
  const ended = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  void ask()

  async function ask(): Promise<void> {
    clearTimeout(timer)
    const token = await auth.getToken(scopes, { abortSignal: ended.signal }).then(ready, failed)
    if (ended.signal.aborted) return
    onToken(token)
    const pause = pauseAfter(token, Date.now())
    if (pause !== undefined) timer = setTimeout(ask, pause)
  }

  function failed(error: AuthError): TokenState {
    const signIn = () => auth.signIn({ scopes, claims: error.claims }).then(ask)
    return { status: 'failed', error, signIn }
  }

  return () => {
    clearTimeout(timer)
    ended.abort()
  }
}

const ready = ({ token, expiresOnTimestamp }: { token: string; expiresOnTimestamp: number }): TokenState => ({
  status: 'ready',
  token,
  expiresOnTimestamp,
})

/** In milliseconds, until the token is asked for again. `undefined`: waiting does not help. */
export function pauseAfter(token: TokenState, now: number): number | undefined {
  if (token.status === 'failed') return token.error.retryable ? SHORTEST_PAUSE_MS : undefined
  if (token.status !== 'ready') return undefined
  return Math.max(SHORTEST_PAUSE_MS, token.expiresOnTimestamp - SOFT_WINDOW_MS - now)
}
