// The sign-in of the page and its session: whether the page may call the server, and what the user is shown while it may not.

import type { ChainlitPage } from '../chainlit-page.js'
import {
  type AroundHost,
  type Auth,
  type AuthError,
  type AuthOptions,
  type AuthState,
  createAuthWith,
  type Explanation,
  type Host,
  internalsOf,
  isAccountKey,
  isAuthError,
  type KeptSession,
  keep,
  type SessionInfo,
  type SessionRequests,
} from '../twodoor.js'
import { framedError } from '../ui/failure-texts.js'
import { createNotice, type NoticeContext } from '../ui/notice.js'
import type { Panel } from '../ui/panel.js'
import { createSlowSignIn } from '../ui/slow-sign-in.js'
import { type Barrier, createBarrier } from './barrier.js'

export interface PageSession extends Pick<Barrier, 'whenOpen'> {
  /** The sign-in. `undefined` until one has been needed. */
  readonly auth: Auth | undefined
  /**
   * Starts the sign-in, and holds back all calls until there is a session. The second time it only returns the sign-in.
   * `undefined` where there can be none.
   */
  startSignIn(autoSignIn?: AuthOptions['autoSignIn']): Auth | undefined
  /**
   * The sign-in for what needs a token and no session: nothing is held back, and the page is not left. `undefined` where there can
   * be none.
   */
  openSignIn(): Auth | undefined
  /** Renews the session, or starts the sign-in, and holds back all calls meanwhile. */
  renew(): void
  /** To be called with the user that the server names. Loads the page again if that is another account than before. */
  onUser(identifier: unknown): void
  /** Holds back all calls until the page is loaded again, whatever becomes of the session, and says why. */
  closeForGood(error: AuthError): void
  /** Holds back all calls, and covers the chat, until the page is loaded again. */
  leave(): void
  /** Ends the socket too, and whatever is shown. After `leave()`, calls `onStay` where the page is not left after all. */
  reload(onStay?: () => void): void
  /** What the sign-in says of itself, with the error that the user is shown. */
  explain(): Explanation | undefined
  /** Ends the sign-in, and lets all calls through. `signal` is aborted before. */
  dispose(): void
}

export interface SessionGateContext {
  readonly window: NoticeContext['window']
  readonly page: ChainlitPage
  readonly host: Host
  readonly options: AuthOptions
  readonly fetch: typeof fetch
  readonly panel: Panel
  readonly aroundHost: AroundHost
  now(): number
  /** Called with everything that becomes known of the host. */
  onHost(host: Host): void
  /** Called where Chainlit's session cannot be used at all, and nothing that the user does can change that. */
  giveUp(reason: string): void
}

export interface PageSessionContext extends SessionGateContext {
  readonly requests: SessionRequests
  /** Aborted when the drop-in is removed. */
  readonly signal: AbortSignal
  /** Called with the first state of the sign-in, and with each that follows. */
  onState(state: AuthState): void
}

/** A page that is still here by then is not being loaded again. */
const RELOAD_DEADLINE_MS = 5_000

export function createPageSession(context: PageSessionContext): PageSession {
  const { window, host, options, panel, signal } = context
  const barrier = createBarrier()
  const notice = createNotice(context)
  const slowSignIn = createSlowSignIn(panel, () => user === undefined, showError)
  const signIns = createSignIns(context)
  let session: KeptSession | undefined
  /** Whose session the page has been using. */
  let user: string | undefined
  let isClosedForGood = false
  let isLeaving = false
  /** What came of the session while the page was leaving. */
  let withheld: SessionInfo | AuthError | undefined
  let stillHere: ReturnType<typeof setTimeout> | undefined

  function startSignIn(autoSignIn = options.autoSignIn): Auth | undefined {
    if (session || signal.aborted) return signIns.current
    if (host.kind === 'framed') return void showError(framedError(host))
    hold()
    const opened = signIns.openFor(autoSignIn)
    session = keep({
      ...context,
      provider: opened,
      auth: opened,
      internals: internalsOf(opened),
      onResult: concluded,
      cookieAttributes: context.page.isFramed ? 'Secure; SameSite=None; Partitioned' : 'Path=/; SameSite=Lax',
    })
    return opened
  }

  // What came of it.

  function concluded(result: SessionInfo | AuthError): void {
    if (signal.aborted) return
    if (isLeaving) withheld = result
    else if (!('key' in result)) showError(result)
    else if (signIns.current?.state.host.kind === 'framed') showError(framedError(signIns.current.state.host))
    else if (!isClosedForGood && !reloadForOther(result.key)) letThrough()
  }

  function letThrough(): void {
    slowSignIn.stop()
    notice.hide()
    barrier.open()
  }

  function showError(error: unknown): void {
    if (signal.aborted || isLeaving || !isAuthError(error)) return
    if (error.code === 'config_invalid' && error.phase === 'session') return void context.giveUp(error.message)
    slowSignIn.stop()
    barrier.close()
    notice.show(error, signIns.current, { signIn, switchAccount, tryAgain })
  }

  function hold(): void {
    barrier.close()
    if (!isLeaving) slowSignIn.start()
  }

  /** Chainlit holds the conversation of its first user: another one gets a new page. Returns whether it is another one. */
  function reloadForOther(key: string): boolean {
    user ??= key
    if (user !== key) reload()
    return user !== key
  }

  /** No button: what it would begin, `reload()` would end. */
  function leave(): void {
    if (signal.aborted) return
    slowSignIn.stop()
    barrier.close()
    const current = signIns.current?.state.host ?? host
    if (current.kind === 'framed') return void showError(framedError(current))
    isLeaving = true
    withheld = undefined
    panel.show(({ signingOut }) => ({ title: signingOut, text: '' }))
  }

  function reload(onStay?: () => void): void {
    if (signal.aborted) return
    barrier.close()
    window.location.reload()
    if (isLeaving) stillHere = setTimeout(stay, RELOAD_DEADLINE_MS, onStay)
  }

  /** A page can ask its user whether to leave it, and the user can say no. */
  function stay(onStay?: () => void): void {
    isLeaving = false
    onStay?.()
    if (withheld) concluded(withheld)
  }

  // What the user does about it.

  function signIn(): void {
    signIns.current?.signIn().catch(showError)
  }

  function switchAccount(): void {
    signIns.current?.signIn({ prompt: 'select_account' }).catch(showError)
  }

  function tryAgain(): void {
    if (signIns.current?.state.status === 'starting') reload()
    else if (signIns.current?.state.status === 'signed-in') session?.renew().catch(showError)
    else signIn()
  }

  return {
    get auth() {
      return signIns.current
    },
    whenOpen: barrier.whenOpen,
    startSignIn,
    openSignIn: () => (signal.aborted || host.kind === 'framed' ? signIns.current : signIns.open('never')),
    renew() {
      if (signal.aborted) return
      if (!session) return void startSignIn()
      hold()
      session.renew().catch(showError)
    },
    onUser(identifier) {
      if (isAccountKey(identifier)) reloadForOther(identifier)
    },
    closeForGood(error) {
      isClosedForGood = true
      concluded(error)
    },
    leave,
    reload,
    explain: () => notice.explain(signIns.current),
    dispose() {
      clearTimeout(stillHere)
      session?.stop()
      signIns.current?.dispose()
      letThrough()
    },
  }
}

interface SignIns {
  /** The sign-in of the page: at most one at a time. */
  readonly current: Auth | undefined
  open(autoSignIn: AuthOptions['autoSignIn']): Auth
  /** Begins anew where nobody is signed in: the sign-in so far was for a token, and leaves no page to get one. */
  openFor(autoSignIn: AuthOptions['autoSignIn']): Auth
}

function createSignIns({ options, aroundHost, onState }: PageSessionContext): SignIns {
  let current: Auth | undefined

  function open(autoSignIn: AuthOptions['autoSignIn']): Auth {
    if (current) return current
    const opened = createAuthWith({ ...options, autoSignIn }, { aroundHost })
    current = opened
    opened.subscribe(onState)
    onState(opened.state)
    return opened
  }

  return {
    get current() {
      return current
    },
    open,
    openFor(autoSignIn) {
      if (current?.state.status !== 'signed-in') {
        current?.dispose()
        current = undefined
      }
      return open(autoSignIn)
    },
  }
}
