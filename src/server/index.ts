export { AuthError, isAuthError } from '../shared/errors.js'
export {
  type Authentication,
  authenticateRequest,
  bearerToken,
  type RequestRefusal,
} from './fetch/authenticate.js'
export { type RefusalCode, TokenRefusedError } from './refusal.js'
export type { HttpRequest, RequestLike } from './request.js'
export type { SessionRefusalCode } from './session/answer.js'
export { createSessions, type Sessions } from './session/create.js'
export type { NodeResponse } from './session/listener.js'
export type { SessionSecret, SessionsOptions } from './session/options.js'
export type { Session } from './session/seal.js'
export { protectSockets, type SocketProtectionOptions, type SocketRenewal } from './sockets/protect.js'
export type { RenewalAnswer } from './sockets/renewals.js'
export type { AuthenticatedData, NamespaceLike, ServerLike, SocketLike } from './sockets/socket-like.js'
export type { SocketRefusal, SocketRefusalCode } from './sockets/token-check.js'
export type { AppIdentity, Caller, Identity } from './tokens/identity.js'
export { type DaemonOptions, microsoftClients, type VerifierOptions } from './tokens/options.js'
export { type CallerVerifier, createVerifier, type Verifier, type VerifierPolicy } from './tokens/verify.js'
