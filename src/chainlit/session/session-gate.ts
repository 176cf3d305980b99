// The session gate: holds back Chainlit's calls until there is a session, and again when the session has ended.

import { createSignOut, type SignOut } from '../sign-out.js'
import { answerTokenQuestions } from '../token-questions.js'
import { AuthError, createAsk } from '../twodoor.js'
import { createPageSession, type PageSession, type SessionGateContext } from './page-session.js'
import { createSessionCheck, type SessionCheck } from './session-check.js'
import { type ChainlitRequests, createChainlitRequests } from './session-requests.js'

export interface SessionGate
  extends Pick<PageSession, 'auth' | 'startSignIn' | 'whenOpen' | 'closeForGood' | 'explain'>,
    Pick<SessionCheck, 'renewSession' | 'ensureSession' | 'onSessionSeen'>,
    Pick<SignOut, 'isSignedOut' | 'signOut'>,
    Pick<ChainlitRequests, 'takeUser'> {
  /** Ends the sign-in, and lets all calls through. */
  dispose(): void
}

export function createSessionGate(context: SessionGateContext): SessionGate {
  const { window, page, options, fetch, now } = context
  const closed = new AbortController()
  const { signal } = closed
  const ask = createAsk({ framed: page.isFramed, fetch, isOffline: () => window.navigator.onLine === false })
  const requests = createChainlitRequests({
    ...context,
    ask,
    accountKey() {
      const { auth } = pageSession
      return auth?.state.status === 'signed-in' ? auth.state.account.key : undefined
    },
    onBegun: () => check.onNewSession(),
    warn: (message) => window.console.warn(message),
  })
  const pageSession = createPageSession({
    ...context,
    requests,
    signal,
    onState(state) {
      context.onHost(state.host)
      signOut.onState(state)
    },
  })
  const check = createSessionCheck(requests.probe, pageSession, signal, now)
  const signOut = createSignOut(window, options.clientId.toLowerCase(), pageSession, requests)
  answerTokenQuestions({ window, page, ask, pageSession, signal })

  return {
    ...pageSession,
    get auth() {
      return pageSession.auth
    },
    ...check,
    ...signOut,
    takeUser: requests.takeUser,
    dispose() {
      signOut.dispose()
      closed.abort(new AuthError('disposed', { phase: 'session' }))
      pageSession.dispose()
    },
  }
}
