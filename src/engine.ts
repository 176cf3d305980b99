// Everything behind the verdict: the source, the tokens and who is signed in. Loaded beside the vendor's library that
// the door needs, so that a page downloads it without waiting for it.

import { followAccount } from './account/follow.js'
import { openSessionChannel } from './account/other-tabs.js'
import { checkSignIn, createSignIn } from './account/sign-in.js'
import type { SignedOutFlag } from './account/signed-out-flag.js'
import { errorOfState, type StateStore } from './account/store.js'
import { type Call, headersOf } from './carriers/fetch/call.js'
import { fetchWithToken } from './carriers/fetch/fetch-with-token.js'
import type { AuthEvent } from './events.js'
import { type Explanation, explain } from './explain.js'
import type { Settings } from './options.js'
import type { Host } from './page/host.js'
import { createWake } from './page/wake.js'
import type { Account } from './shared/claims.js'
import { AuthError } from './shared/errors.js'
import { notify } from './shared/listeners.js'
import { scopeKey } from './shared/scopes.js'
import { checkScopes, isNonBlank, mayBe } from './shared/validate.js'
import { isOutlived } from './sources/msal/accounts.js'
import { chooseSource } from './sources/select.js'
import type { AccessToken, AroundHost } from './sources/source.js'
import { createTokenStore, type GetOptions } from './tokens/token-store.js'

/** What an entry of ours adds to the flow. */
export interface InternalOptions {
  /** Makes the calls in which teams-js and MSAL add their listeners for the messages of the host. Default: just makes them. */
  readonly aroundHost?: AroundHost
}

/** Who hears of what happens here: carriers, from before there is a flow. */
export interface Listeners {
  /** Each new token for `AuthOptions.scopes`. */
  readonly token: Set<(token: AccessToken) => void>
  /** The page wakes. */
  readonly wake: Set<() => void>
  /** Whose page it is. */
  readonly account: Set<(account: Account | undefined) => void>
}

export interface EngineContext extends InternalOptions {
  readonly settings: Settings
  readonly window: Window
  /** The verdict. What becomes known of the host later is in the state. */
  readonly host: Host
  readonly state: StateStore
  readonly signedOutFlag: SignedOutFlag
  /** The OAuth response that the page was opened with. */
  readonly response: string | undefined
  /** The `fetch` of the page, from before anybody patched it. */
  readonly nativeFetch: typeof fetch
  now(): number
  emit(event: AuthEvent): void
  readonly listeners: Listeners
}

export interface Engine {
  start(): void
  /** A valid cached token for `AuthOptions.scopes`, if somebody is signed in. */
  peek(): AccessToken | undefined
  /** As in the store of tokens. */
  readonly accounts: readonly (string | undefined)[]
  getToken(scopes: string | readonly string[] | undefined, options: GetOptions): Promise<AccessToken>
  fetch(base: typeof fetch, call: Call, account: string): Promise<Response>
  /** Looks at the answer to a call that was none of ours. */
  passed(response: Response, input: RequestInfo | URL, init?: RequestInit): void
  signIn(options: unknown): Promise<void>
  /** Drops the tokens, here and in storage, and a sign-in that waits. */
  forget(): void
  signOut(options: { entra: boolean }): Promise<void>
  explain(): Explanation
  dispose(): void
}

export function createEngine(context: EngineContext): Engine {
  const { settings, state, now, emit } = context
  const disposal = new AbortController()

  const followed = followAccount(context.listeners.account, () => state.current)
  const channel = openSessionChannel(context.window, settings.clientId, () => signIn.look())

  const source = chooseSource({
    ...context,
    disposed: disposal.signal,
    described: (known) => disposal.signal.aborted || state.describe(known),
    arrived: (token) => signIn.arrive(token),
    announce: channel.announce,
  })

  const tokens = createTokenStore({
    ...{ now, emit, acquire: source.acquire },
    accepts: (token, scopes) => signIn.accepts(token, scopes),
    refused: (refusal, error, scopes) => signIn.refuse(refusal, error, scopes),
    kept(token, scopes, unchanged) {
      emit({ type: 'token', scopes, expiresInMs: token.expiresOnTimestamp - now(), unchanged })
      if (!unchanged && scopeKey(scopes) === scopeKey(settings.scopes)) notify(context.listeners.token, token)
    },
  })

  const signIn = createSignIn({
    ...{
      source,
      state,
      tokens,
      signedOutFlag: context.signedOutFlag,
      scopes: settings.scopes,
      disposed: disposal.signal,
    },
    followed,
    hasResponse: context.response !== undefined,
    isOutlived: () =>
      source.kind === 'redirect' && isOutlived(context.window, settings.clientId, context.signedOutFlag.at()),
    announce: channel.announce,
  })

  async function getToken(scopes: string | readonly string[] | undefined, options: GetOptions): Promise<AccessToken> {
    const wanted = (scopes ?? '').length === 0 ? settings.scopes : checkScopes('scopes', scopes)
    mayBe('claims', options.claims, isNonBlank, 'a claims challenge', '{"access_token":{}}')
    if (state.current.status !== 'signed-in') throw errorOfState(state.current)
    return tokens.get(wanted, options)
  }

  /** A 401 may have a reason that only a developer can see to. */
  function warned(response: Response): Response {
    if (response.status === 401)
      import('./carriers/fetch/warnings.js').then(
        ({ warn }) => warn({ resources: settings.resources, window: context.window, emit }, response),
        () => {},
      )
    return response
  }

  function recheck(): void {
    const { current } = state
    if (current.status === 'failed' && current.error.retryable) signIn.start()
    if (current.status === 'signed-in') tokens.recheck()
    // What was told while the page was frozen may have been lost.
    if (context.signedOutFlag.isSet() || source.changed()) signIn.look()
    notify(context.listeners.wake)
  }

  const stopWake = createWake(context.window, now).subscribe(recheck)

  return {
    ...{ getToken, start: signIn.start, signOut: signIn.signOut },
    accounts: tokens.accounts,
    peek: () => (state.current.status === 'signed-in' ? tokens.peek(settings.scopes) : undefined),
    fetch: async (base, call, account) =>
      warned(await fetchWithToken({ fetch: base, resources: settings.resources, getToken, emit }, call, account)),
    passed(response, input, init) {
      // Whoever stands in for `fetch` in a test may answer nothing.
      if (response?.status === 401 && !headersOf(input, init).has('authorization')) warned(response)
    },
    signIn: (options) => signIn.signIn(checkSignIn(options, settings.scopes, context.window)),
    forget() {
      signIn.interrupt('cancelled')
      source.forget()
      tokens.forget('sign_in_required')
      followed()
    },
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
      stopWake()
      channel.close()
      source.dispose()
      signIn.interrupt('disposed')
      tokens.forget('disposed')
    },
  }
}
