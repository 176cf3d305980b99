// All that is not in the first download: the source, the tokens and the sign-in. Loaded at the same time as the vendor's
// library that the host needs, so that a page does not wait for it.

import type { AccountOwner } from './account/account-owner.js'
import { connectAccount } from './account/connect.js'
import { openSessionChannel } from './account/other-tabs.js'
import { checkSignIn } from './account/sign-in-options.js'
import { type AuthState, errorOfState } from './account/state.js'
import { type Call, sentHeaders } from './carriers/fetch/call.js'
import { fetchWithToken, isAnswerOf } from './carriers/fetch/fetch-with-token.js'
import { isStream, replayCopy } from './carriers/fetch/request-copy.js'
import type { AuthEvent } from './events.js'
import { type Explanation, explain } from './explain.js'
import type { AuthOptions } from './options.js'
import type { Host } from './page/host.js'
import type { SignedOutFlag } from './page/signed-out-flag.js'
import { createWake } from './page/wake.js'
import type { Settings } from './settings.js'
import type { Account } from './shared/claims.js'
import { AuthError } from './shared/errors.js'
import { notify } from './shared/listeners.js'
import { toUrl } from './shared/url.js'
import { checkScopes, isNonBlank, mayBe } from './shared/validate.js'
import { hasSignedInSince } from './sources/msal/accounts.js'
import { chooseSource } from './sources/select.js'
import type { AccessToken, AroundHost } from './sources/source.js'
import type { GetOptions } from './tokens/token-store.js'

/** What an entry of ours, such as the one for Chainlit, adds to the engine. */
export interface InternalOptions {
  /** Makes the calls in which teams-js and MSAL add their listeners for the messages of the host. Default: just makes them. */
  readonly aroundHost?: AroundHost
}

/** What carriers subscribe to, from before the engine is loaded. */
export interface Listeners {
  /** Each new token for `AuthOptions.scopes`. */
  readonly token: Set<(token: AccessToken) => void>
  /** The page is active again after a pause: it is back online, shown again, or the machine has slept. */
  readonly wake: Set<() => void>
  /** Another account has signed in, or the account is gone (`undefined`). */
  readonly account: Set<(account: Account | undefined) => void>
}

export interface EngineContext extends InternalOptions {
  readonly settings: Settings
  readonly window: Window
  /** What `detectHost()` found. What becomes known of the host later is in the state. */
  readonly host: Host
  readonly account: AccountOwner
  readonly signedOutFlag: SignedOutFlag
  /** The OAuth response that the page was opened with. */
  readonly response: string | undefined
  /** The `fetch` of the page, as it was when the `Auth` was created. */
  readonly nativeFetch: typeof fetch
  /** What the app has given, of which these are read here. */
  readonly options: Pick<AuthOptions, 'now' | 'onConsent' | 'onStepUp'>
  emit(event: AuthEvent): void
  readonly listeners: Listeners
}

export interface Engine {
  start(): void
  /** A valid cached token for `AuthOptions.scopes`, if somebody is signed in. */
  peek(): AccessToken | undefined
  /** As in {@link TokenStore}. */
  readonly accounts: readonly (string | undefined)[]
  getToken(scopes: string | readonly string[] | undefined, options: GetOptions): Promise<AccessToken>
  fetch(base: typeof fetch, call: Call, accountKey: string): Promise<Response>
  /** Called with the answer to a call that no token was sent with. */
  onUnprotected(response: Response, input: RequestInfo | URL, init?: RequestInit): void
  signIn(options: unknown): Promise<void>
  /** Drops what is kept of the account, and a sign-in under way. */
  forget(): void
  signOut(options: { entra: boolean }): Promise<void>
  explain(): Explanation
}

/** For a part that is loaded later, and imports none of it. */
const FOR_PARTS = { isAnswerOf, AuthError, isStream, replayCopy }

export function createEngine(context: EngineContext): Engine {
  const { account, settings, window, signedOutFlag, listeners, emit } = context
  const { now = () => Date.now(), onConsent, onStepUp } = context.options
  const { resources } = settings
  const { clientId } = settings

  const connection = connectAccount({
    account,
    signedOutFlag,
    listeners,
    now,
    emit,
    scopes: settings.scopes,
    hasResponse: context.response !== undefined,
    openChannel: (onMessage) => openSessionChannel(window, clientId, onMessage),
    openSource: ({ disposed, onHost, onToken, announce }) =>
      chooseSource({
        ...context,
        now,
        disposed,
        onHostKnown: onHost,
        onLateToken: onToken,
        onAppChange,
        onSignedIn: announce,
      }),
    isFlagOutdated: ({ kind }) => kind === 'redirect' && hasSignedInSince(window, clientId, signedOutFlag.at()),
  })
  const { source, tokens, start, look } = connection
  let questions = new AbortController()
  listeners.account.add(() => endQuestions(errorOfCallsBefore(account.state)))
  account.disposed.addEventListener('abort', () => endQuestions(account.disposed.reason))

  /** Those that the user of before was asked, and does not answer any more. */
  function endQuestions(error: AuthError): void {
    questions.abort(error)
    questions = new AbortController()
  }

  function onAppChange(hasSignedIn: boolean): void {
    if (hasSignedIn) signedOutFlag.clear()
    look()
  }

  async function getToken(scopes: string | readonly string[] | undefined, options: GetOptions): Promise<AccessToken> {
    const wanted = (scopes ?? '').length === 0 ? settings.scopes : checkScopes('scopes', scopes)
    mayBe('claims', options.claims, isNonBlank, 'a claims challenge, for example {"access_token":{}}')
    if (account.state.status !== 'signed-in') throw errorOfState(account.state)
    return tokens.get(wanted, options)
  }

  /** The scopes of a resource are checked when an `Auth` is made. */
  function freshToken(scopes: readonly string[] = settings.scopes): AccessToken | undefined {
    return account.state.status === 'signed-in' ? tokens.fresh(scopes) : undefined
  }

  /** The reason of a 401 may be one that only a developer can mend. */
  function warnOf401(response: Response): Response {
    if (response.status === 401)
      import('./carriers/fetch/warnings.js').then(
        ({ warn }) => warn({ toUrl, resources: settings.resources, window, emit }, response),
        () => {},
      )
    return response
  }

  async function sendAskingUser(send: (call: Call) => Promise<Response>, call: Call): Promise<Response> {
    const ended = questions.signal
    const part = await import('./carriers/fetch/ask-user.js').catch(() => undefined)
    if (!part) return send(call)
    const { scopes } = settings
    return part.fetchAskingUser({ resources, scopes, onConsent, onStepUp, send, ended, fromEngine: FOR_PARTS }, call)
  }

  function recheck(): void {
    const { state } = account
    if (state.status === 'failed' && state.error.retryable) start()
    if (state.status === 'signed-in') tokens.recheck()
    // A message of another tab may have been lost while the page was frozen.
    if (signedOutFlag.isSet() || source.changed()) look()
    notify(listeners.wake)
  }

  account.disposed.addEventListener('abort', createWake(window, now).subscribe(recheck))

  return {
    getToken,
    start,
    forget: connection.forget,
    signOut: connection.signOut,
    accounts: tokens.accounts,
    peek: () => (account.state.status === 'signed-in' ? tokens.peek(settings.scopes) : undefined),
    fetch(base, call, key) {
      const send = (each: Call) => fetchWithToken({ fetch: base, resources, freshToken, getToken, emit }, each, key)
      const sent = onConsent || onStepUp ? sendAskingUser(send, call) : send(call)
      return sent.then(warnOf401)
    },
    onUnprotected(response, input, init) {
      // A stand-in for `fetch` in a test may answer nothing.
      if (response?.status === 401 && !sentHeaders(input, init).has('authorization')) warnOf401(response)
    },
    signIn: (options) => connection.signIn(checkSignIn(options, settings, window)),
    explain: () =>
      explain({
        state: account.state,
        source: source.kind,
        token: tokens.cached(settings.scopes),
        lastError: connection.lastError,
        now: now(),
      }),
  }
}

/** What a call rejects with that was made before the account changed, or was gone. */
function errorOfCallsBefore(state: AuthState): AuthError {
  return state.status === 'signed-in' ? new AuthError('account_mismatch', { phase: 'source' }) : errorOfState(state)
}
