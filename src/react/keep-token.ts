import type { Auth } from '../auth.js'
import { internalsOf } from '../carriers/internals.js'
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

/** As `useStore` takes it. The token is kept until the function is called that `subscribe` returns: then it is forgotten. */
export type KeptToken = readonly [subscribe: (onChange: () => void) => () => void, read: () => TokenState]

const WAITING: TokenState = { status: 'waiting' }

export const readOnServer = () => WAITING

/** Also where a host gives the same token until shortly before its end. */
const SHORTEST_PAUSE_MS = 30_000

/** Ask for the tokens that are kept on this page: what the user allows for one can be missing for another. */
const askers = new Set<() => Promise<void>>()

/** What came, and in how many milliseconds to ask again. `0`: waiting does not help. */
type Answer = readonly [next: TokenState, pause: number]

/**
 * Keeps a token of the account that is signed in, and each one that replaces it.
 *
 * @param account - its key. `undefined`: there is nobody to ask for
 */
export function createKeptToken(
  auth: Pick<Auth, 'getToken' | 'signIn'>,
  account: string | undefined,
  scopes?: string | string[],
): KeptToken {
  let current = WAITING

  function subscribe(onChange: () => void): () => void {
    if (!account) return () => {}
    const internals = internalsOf(auth)
    const undos = [internals?.onWake(askEarly), internals?.onToken(askEarly)]
    let asked = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    askers.add(ask)
    void ask()

    async function ask(): Promise<void> {
      stop()
      asked = new AbortController()
      const { signal } = asked
      const [next, pause] = await auth.getToken(scopes, { abortSignal: signal }).then(ready, failed)
      if (signal.aborted) return
      become(next)
      if (pause) timer = setTimeout(ask, pause)
    }

    /** Timers stand still while a machine sleeps. Without one, an answer is on its way, or asking does not help. */
    function askEarly(): void {
      if (current.status === 'ready' && current.expiresOnTimestamp <= Date.now()) become(WAITING)
      if (timer) void ask()
    }

    function become(next: TokenState): void {
      current = next
      onChange()
    }

    function failed(error: AuthError): Answer {
      const signIn = () =>
        auth.signIn({ scopes, claims: error.claims }).then(() => {
          for (const each of askers) void each()
        })
      return [{ status: 'failed', error, signIn }, error.retryable ? SHORTEST_PAUSE_MS : 0]
    }

    function stop(): void {
      clearTimeout(timer)
      timer = undefined
      asked.abort()
    }

    return () => {
      for (const undo of undos) undo?.()
      stop()
      askers.delete(ask)
      current = WAITING
    }
  }

  return [subscribe, () => current]
}

function ready({ token, expiresOnTimestamp }: { token: string; expiresOnTimestamp: number }): Answer {
  const pause = Math.max(SHORTEST_PAUSE_MS, expiresOnTimestamp - SOFT_WINDOW_MS - Date.now())
  return [{ status: 'ready', token, expiresOnTimestamp }, pause]
}
