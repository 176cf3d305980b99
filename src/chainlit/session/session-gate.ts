// The session gate: holds back Chainlit's calls until there is a session, and again when the session has ended.

import type { ChainlitPage } from '../chainlit-page.js'
import { createSignOut, type SignOut } from '../sign-out.js'
import {
  type AroundHost,
  type Auth,
  AuthError,
  type AuthOptions,
  createAsk,
  type Explanation,
  type Host,
} from '../twodoor.js'
import type { Panel } from '../ui/panel.js'
import { createAuthSession } from './auth-session.js'
import { createPageAccess, type PageAccess } from './page-access.js'
import { createSessionCheck, type SessionCheck } from './session-check.js'
import { type ChainlitRequests, createChainlitRequests } from './session-requests.js'

export interface SessionGate
  extends Pick<PageAccess, 'whenOpen' | 'closeForGood'>,
    Pick<SessionCheck, 'ensureSession'>,
    Pick<SignOut, 'isSignedOut' | 'signOut'>,
    Pick<ChainlitRequests, 'takeUser'> {
  /** The sign-in. `undefined` until one has been needed. */
  readonly auth: Auth | undefined
  /** Starts the sign-in, and holds back all calls until there is a session. Does nothing the second time. */
  startSignIn(): void
  /** Renews the session for a call that found it ended, unless it has been renewed since that call was made. */
  renewSession(calledAt: number): Promise<void>
  /** To be called when the server has shown that it knows the session, with its user if it named one. */
  onSessionSeen(identifier?: unknown): void
  /** What the sign-in says of itself, with the error that the user is shown. */
  explain(): Explanation | undefined
  /** Ends the sign-in, and lets all calls through. */
  dispose(): void
}

export interface SessionGateContext {
  readonly window: Window
  readonly page: ChainlitPage
  readonly host: Host
  readonly options: AuthOptions
  readonly fetch: typeof fetch
  readonly panel: Panel
  readonly aroundHost: AroundHost
  now(): number
  /** Called with everything that becomes known of the host. */
  onHost(host: Host): void
  /** Writes to the console, for the developer. */
  logError(message: string): void
  /** Called where Chainlit's session cannot be used at all, and nothing that the user does can change that. */
  giveUp(reason: string): void
}

export function createSessionGate(context: SessionGateContext): SessionGate {
  const { window, page, options, fetch, now } = context
  const closed = new AbortController()
  const { signal } = closed
  const access = createPageAccess({
    ...context,
    signal,
    auth: () => authSession.auth,
    signIn: () => authSession.signIn(),
    tryAgain: () => authSession.tryAgain(),
  })
  const requests = createChainlitRequests({
    page,
    ask: createAsk({
      framed: window.parent !== window.self,
      fetch,
      isOffline: () => window.navigator.onLine === false,
    }),
    accountKey: () => accountKeyOf(authSession.auth),
    onBegun: () => check.onNewSession(),
    now,
  })
  const authSession = createAuthSession({
    ...context,
    requests,
    access,
    signal,
    onOpen(auth) {
      auth.subscribe(({ host }) => context.onHost(host))
      signOut.watchAccount(auth)
    },
  })
  const check = createSessionCheck({
    probe: requests.probe,
    signal,
    whenOpen: access.whenOpen,
    renewSession,
    onUser: access.onUser,
    now,
  })
  const signOut = createSignOut({
    window,
    clientId: options.clientId.toLowerCase(),
    closeGate: access.close,
    openAuth: () => authSession.open('never'),
    reload: access.reload,
  })

  async function renewSession(calledAt: number): Promise<void> {
    if (!check.isRenewedSince(calledAt) && !signal.aborted) authSession.renewOrOpen()
    return access.whenOpen()
  }

  return {
    get auth() {
      return authSession.auth
    },
    isSignedOut: signOut.isSignedOut,
    startSignIn: () => void authSession.open(),
    whenOpen: access.whenOpen,
    renewSession,
    ensureSession: check.ensureSession,
    onSessionSeen(identifier) {
      check.onSessionSeen()
      access.onUser(identifier)
    },
    takeUser: requests.takeUser,
    signOut: signOut.signOut,
    closeForGood: access.closeForGood,
    explain: access.explain,
    dispose() {
      signOut.dispose()
      closed.abort(new AuthError('disposed', { phase: 'session' }))
      authSession.dispose()
      access.dispose()
    },
  }
}

function accountKeyOf(auth: Auth | undefined): string | undefined {
  return auth?.state.status === 'signed-in' ? auth.state.account.key : undefined
}
