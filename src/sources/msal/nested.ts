import type { AuthenticationResult, IPublicClientApplication } from '@azure/msal-browser'
import type { SignedOutFlag } from '../../page/signed-out-flag.js'
import type { Settings } from '../../settings.js'
import { readClaims } from '../../shared/claims.js'
import { withDeadline } from '../../shared/deadline.js'
import { scopeKey } from '../../shared/scopes.js'
import type { AccountReader } from '../account-claims.js'
import type { CheckExpiry } from '../expiry.js'
import { createHostRequests, type HostRequestKind, hostTimeout } from '../host-requests.js'
import { type AccessToken, isRefusal, type NestedSource, type Refusal } from '../source.js'
import { removeSession } from './accounts.js'
import { configurationOf, type MsalLibrary, tokenOfResult } from './client.js'
import { refusalOfMsal } from './refusals.js'
import { hideRefusedChannels } from './refused-channels.js'

/** MSAL waits for ever for a bridge that does not answer. */
const CREATE_DEADLINE_MS = 5_000

export interface NestedSourceContext {
  readonly library: MsalLibrary
  readonly settings: Settings
  readonly window: Window
  readonly nativeFetch: typeof fetch
  readonly checkExpiry: CheckExpiry
  readonly signedOutFlag: SignedOutFlag
  readonly accounts: AccountReader
  /** Takes a token for `AuthOptions.scopes` that came after its deadline. */
  onLateToken(token: AccessToken): void
}

/** Nested app auth: MSAL asks the host for tokens. Redirect and logout do not exist there. */
export async function openNestedSource(context: NestedSourceContext): Promise<NestedSource | Refusal> {
  const { library, settings, window, nativeFetch, signedOutFlag } = context
  const refusalOfNested = (cause: unknown) => refusalOfMsal(cause, window.navigator)
  const showAgain = hideRefusedChannels()
  const creating = library
    .createNestablePublicClientApplication(configurationOf(settings, nativeFetch))
    .catch((cause: unknown) => refusalOfNested(cause))
  const client = await withDeadline<IPublicClientApplication | Refusal>(creating, CREATE_DEADLINE_MS, hostTimeout)
  showAgain()
  if ('refused' in client) return client

  const settleOwn = createHostRequests(context.onLateToken)
  const settleOther = createHostRequests(() => {})

  function settleRequest(result: Promise<AuthenticationResult>, scopes: readonly string[], kind: HostRequestKind) {
    const settleInOrder = scopeKey(scopes) === scopeKey(settings.scopes) ? settleOwn : settleOther
    const signedOutAt = signedOutFlag.at()
    // However late MSAL writes after a sign-out, that is removed.
    const removeIfSignedOut = () => {
      if (signedOutFlag.isSet() && signedOutFlag.at() !== signedOutAt) removeSession(window, settings.clientId)
    }
    const answer = result.finally(removeIfSignedOut).then((each) => checkResult(each, scopes), refusalOfNested)
    return settleInOrder(answer, kind)
  }

  /** Checks the expiry of the token itself too, whatever lifetime the host states. */
  async function checkResult(result: AuthenticationResult, scopes: readonly string[]): Promise<AccessToken | Refusal> {
    const { clientId } = settings
    const token = tokenOfResult(result, { scopes, clientId, from: 'host', accounts: context.accounts })
    const claims = readClaims(result.accessToken)
    if (isRefusal(token) || !claims) return token
    const expires = await context.checkExpiry(claims)
    return typeof expires === 'number' ? token : expires
  }

  return {
    acquire({ scopes, fresh, claims }) {
      const request = { scopes: [...scopes], forceRefresh: fresh, ...(claims && { claims }) }
      return settleRequest(client.acquireTokenSilent(request), scopes, 'silent')
    },
    signIn({ scopes, claims, prompt }) {
      const request = { scopes: [...scopes], ...(claims && { claims }), ...(prompt && { prompt }) }
      return settleRequest(client.acquireTokenPopup(request), scopes, 'interactive')
    },
  }
}
