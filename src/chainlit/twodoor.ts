// The one door between the drop-in and the rest of twodoor: no other file here imports from outside of this folder.
// In the order of the flow, which the bundle follows.

// The page.

export { globalOf } from '../page/globals.js'
export { detectHost, type Host, isKnownHost } from '../page/host.js'
export { createNote } from '../page/notes.js'
export { isPathOfThisOrigin } from '../page/path.js'
export { readPopupUrl } from '../page/popup-url.js'
export { runPopup } from '../popup/run-popup.js'

// The options.

export type { AuthOptions } from '../options.js'
export { checkOptions } from '../settings.js'

// The sign-in.

export type { AuthState } from '../account/state.js'
export { type Auth, createAuthWith } from '../auth.js'
export type { Explanation } from '../explain.js'
export { createSignedOutFlag, signedOutKey } from '../page/signed-out-flag.js'
export { watchSignedOutFlag } from '../page/watch-signed-out.js'
export { load } from '../sources/load.js'
export { isResponseTo, readPendingRedirect } from '../sources/msal/response.js'
export type { AroundHost } from '../sources/source.js'

// What carries it.

export { isRequest, sentHeaders } from '../carriers/fetch/call.js'
export { canReplay, replayCopy } from '../carriers/fetch/request-copy.js'
export { internalsOf } from '../carriers/internals.js'
export type { SessionInfo } from '../carriers/session/account-session.js'
export {
  type AskSession,
  CONTEXT_HEADER,
  cookieContextOf,
  createAsk,
  isSuccess,
  type SessionAnswer,
} from '../carriers/session/ask.js'
export { chainlitSession, isAccountKey, NO_CALLBACK } from '../carriers/session/chainlit-session.js'
export { type KeptSession, keep } from '../carriers/session/kept-session.js'
export { createRequests, isUnauthorized, type SessionRequests } from '../carriers/session/requests.js'

// Shared.

export { abortable, withDeadline } from '../shared/deadline.js'
export { AuthError, type AuthErrorCode, isAuthError } from '../shared/errors.js'
export { isLoopback } from '../shared/origins.js'
export { findResource, parseResource } from '../shared/resources.js'
export { isScopeList } from '../shared/scope-list.js'
export { toUrl } from '../shared/url.js'
export { checkScopes, EXAMPLE_GUID, isGuid, isNonBlank, isObject, mayBe, must, oneOf } from '../shared/validate.js'
