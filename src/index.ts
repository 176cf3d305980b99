export type { AuthState, AuthStatus } from './account/state.js'
export { type Auth, createAuth, type GetTokenOptions, type SignInOptions, type SignOutOptions } from './auth.js'
export type { FoundSession, SessionAdapter, SessionStep } from './carriers/session/adapter.js'
export type { SessionAnswer } from './carriers/session/ask.js'
export { chainlitSession } from './carriers/session/chainlit-session.js'
export {
  type KeepSessionOptions,
  type KeptSession,
  keepSession,
  type SessionInfo,
} from './carriers/session/keep-session.js'
export { type SocketAuthOptions, socketAuth, withSocketAuth } from './carriers/sockets/wrap.js'
export { type TokenHooks, tokenHooks } from './carriers/token-hooks.js'
export type { AuthEvent } from './events.js'
export type { Explanation } from './explain.js'
export type { AuthOptions, MsalClient, ProtectedResource } from './options.js'
export { detectHost, type Host, type HostHints } from './page/host.js'
export { openInTab } from './page/open-in-tab.js'
export type { Account } from './shared/claims.js'
export {
  AuthError,
  type AuthErrorCode,
  type AuthErrorDetails,
  type AuthErrorPhase,
  isAuthError,
} from './shared/errors.js'
export type { AccessToken, SourceKind } from './sources/source.js'
export type { ConsentRequest, StepUpRequest } from './user-requests.js'
