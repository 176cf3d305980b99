// Everything behind the verdict: the source, the tokens and who is signed in. Loaded beside the vendor's library that
// the door needs, so that a page downloads it without waiting for it.

import { AuthError } from './errors.js'
import type { AuthEvent } from './events.js'
import { type Explanation, explain } from './explain.js'
import type { Host } from './host.js'
import type { Settings } from './options.js'
import { scopeKey } from './scopes.js'
import { createSignIn, type SignIn } from './sign-in.js'
import { chooseSource } from './sources/choose.js'
import type { SignedOutMark } from './sources/signed-out.js'
import type { AccessToken } from './sources/source.js'
import type { StateStore } from './state.js'
import { createTokenStore, type TokenStore } from './tokens.js'

export interface FlowContext {
  readonly settings: Settings
  readonly window: Window
  /** The verdict. What becomes known of the host later is in the state. */
  readonly host: Host
  readonly state: StateStore
  readonly mark: SignedOutMark
  /** The OAuth response that the page was opened with. */
  readonly response: string | undefined
  /** The `fetch` of the page, from before anybody patched it. */
  readonly nativeFetch: typeof fetch
  now(): number
  emit(event: AuthEvent): void
  /** Hears every new token for `AuthOptions.scopes`. */
  renewed(token: AccessToken): void
}

export interface Flow extends Pick<SignIn, 'start' | 'signIn' | 'signOut' | 'leave'> {
  readonly tokens: TokenStore
  explain(): Explanation
  dispose(): void
}

export function createFlow(context: FlowContext): Flow {
  const { settings, state, now, emit } = context
  const disposal = new AbortController()

  const source = chooseSource({
    ...context,
    described: state.describe,
    arrived: (token) => signIn.arrive(token),
  })

  const tokens = createTokenStore({
    ...{ now, emit, acquire: source.acquire },
    accepts: (token, scopes) => signIn.accepts(token, scopes),
    refused: (refusal, error, scopes) => signIn.refuse(refusal, error, scopes),
    kept(token, scopes, unchanged) {
      emit({ type: 'token', scopes, expiresInMs: token.expiresOnTimestamp - now(), unchanged })
      if (!unchanged && scopeKey(scopes) === scopeKey(settings.scopes)) context.renewed(token)
    },
  })

  const signIn = createSignIn({
    ...{ source, state, tokens, mark: context.mark, scopes: settings.scopes, disposed: disposal.signal },
    hasResponse: context.response !== undefined,
  })

  return {
    ...{ tokens, start: signIn.start, signIn: signIn.signIn, signOut: signIn.signOut, leave: signIn.leave },
    explain: () =>
      explain({
        state: state.current,
        source: source.kind,
        token: tokens.cached(settings.scopes),
        lastError: signIn.lastError,
        now: now(),
      }),
    dispose() {
      disposal.abort(new AuthError('disposed', { phase: 'source' }))
      source.dispose()
      tokens.forget('disposed')
    },
  }
}
