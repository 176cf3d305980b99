import type { AuthenticationResult, IPublicClientApplication } from '@azure/msal-browser'
import type { SignedOutFlag } from '../../account/signed-out-flag.js'
import type { Settings } from '../../options.js'
import { readClaims } from '../../shared/claims.js'
import { withDeadline } from '../../shared/deadline.js'
import { scopeKey } from '../../shared/scopes.js'
import { hostTimeout, inOrder } from '../answers.js'
import type { ExpiryOf } from '../expiry.js'
import { type AccessToken, isRefusal, type Refusal, type SignInRequest, type TokenRequest } from '../source.js'
import { removeSession } from './accounts.js'
import { configurationOf, type MsalLibrary, tokenOf } from './client.js'
import { refusalOfMsal } from './refusals.js'

/** MSAL waits without bound for a bridge that does not answer. */
const CREATE_DEADLINE_MS = 5_000
const SILENT_DEADLINE_MS = 30_000
const INTERACTIVE_DEADLINE_MS = 10 * 60_000

export interface Nested {
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  signIn(request: SignInRequest): Promise<AccessToken | Refusal>
}

export interface NestedContext {
  readonly library: MsalLibrary
  readonly settings: Settings
  readonly window: Window
  readonly nativeFetch: typeof fetch
  readonly expiryOf: ExpiryOf
  readonly signedOutFlag: SignedOutFlag
  /** Takes a token for `AuthOptions.scopes` that came after its deadline. */
  arrived(token: AccessToken): void
}

/** Nested app auth: MSAL asks the host for tokens. Redirect and logout do not exist there. */
export async function openNested(context: NestedContext): Promise<Nested | Refusal> {
  const { library, settings, window, nativeFetch, signedOutFlag } = context
  const refusalOf = (cause: unknown) => refusalOfMsal(cause, window.navigator)
  const creating = library
    .createNestablePublicClientApplication(configurationOf(settings, nativeFetch))
    .catch((cause: unknown) => refusalOf(cause))
  const client = await withDeadline<IPublicClientApplication | Refusal>(creating, CREATE_DEADLINE_MS, hostTimeout)
  if ('refused' in client) return client

  const ownAnswerOf = inOrder(context.arrived)
  const otherAnswerOf = inOrder(() => {})

  function settle(promise: Promise<AuthenticationResult>, scopes: readonly string[], deadlineMs: number) {
    const answerOf = scopeKey(scopes) === scopeKey(settings.scopes) ? ownAnswerOf : otherAnswerOf
    const signedOutAt = signedOutFlag.at()
    // What MSAL writes after a sign-out is removed again, however late that is.
    const clear = () => {
      if (signedOutFlag.isSet() && signedOutFlag.at() !== signedOutAt) removeSession(window, settings.clientId)
    }
    return answerOf(
      promise.finally(clear).then((result) => checked(result, scopes), refusalOf),
      deadlineMs,
    )
  }

  /** The host says how long a token lives, the token when it ends: one that is over is refused whatever was said. */
  async function checked(result: AuthenticationResult, scopes: readonly string[]): Promise<AccessToken | Refusal> {
    const token = tokenOf(result, { scopes, clientId: settings.clientId, giver: 'host' })
    const claims = readClaims(result.accessToken)
    if (isRefusal(token) || !claims) return token
    const expires = await context.expiryOf(claims)
    return typeof expires === 'number' ? token : expires
  }

  return {
    acquire({ scopes, fresh, claims }) {
      const request = { scopes: [...scopes], forceRefresh: fresh, ...(claims && { claims }) }
      return settle(client.acquireTokenSilent(request), scopes, SILENT_DEADLINE_MS)
    },
    signIn({ scopes, claims, prompt }) {
      const request = { scopes: [...scopes], ...(claims && { claims }), ...(prompt && { prompt }) }
      return settle(client.acquireTokenPopup(request), scopes, INTERACTIVE_DEADLINE_MS)
    },
  }
}
