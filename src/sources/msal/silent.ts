// Tokens without leaving the page: from MSAL's cache or by its refresh token, never with a hidden iframe.

import type { AccountInfo, IPublicClientApplication, SilentRequest } from '@azure/msal-browser'
import { scopeKey } from '../../shared/scopes.js'
import { type AccessToken, isRefusal, NO_ACCOUNT, type Refusal, type TokenRequest } from '../source.js'
import { chooseAccount, hasSignedInSince, removeLeftovers } from './accounts.js'
import { acquireSilently, NO_IFRAME, tokenOfResult } from './client.js'
import type { OpenedContext } from './redirect-context.js'
import { needsSignIn } from './redirect-notes.js'

/** `CacheLookupPolicy.AccessToken`: what is in the cache, and no request. */
const ONLY_CACHE = 1

export interface SilentTokens {
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
  /** The account that a token was last asked for. */
  readonly account: AccountInfo | undefined
  forgetTokens(): void
  /** Returns the account and forgets it. */
  takeAccount(): AccountInfo | undefined
}

export function createSilentTokens(context: OpenedContext): SilentTokens {
  const { window, clientId, settings, shared, disposed, signedOutFlag, calls, accounts, watchSignOut } = context
  /** By scope set. */
  const lastTokens = new Map<string, AccessToken>()
  /**
   * By scope set and claims. Calls for the same wait for each other: a look at the account and a renewal would both ask Entra
   * ID, and so the second one finds the answer to the first in the cache.
   */
  const lastCalls = new Map<string, Promise<unknown>>()
  let account: AccountInfo | undefined

  /** While this tab has its turn no other one is about to remove what it wrote after a sign-out. */
  function clearOutdatedFlag(): void {
    if (!signedOutFlag.isSet() || !calls.isIdle()) return
    if (hasSignedInSince(window, clientId, signedOutFlag.at())) signedOutFlag.clear()
  }

  /** It is asked more than once for a token: in the cache, and again where storage is full. */
  function unlessDisposed(client: IPublicClientApplication): Pick<IPublicClientApplication, 'acquireTokenSilent'> {
    return {
      async acquireTokenSilent(request) {
        disposed.throwIfAborted()
        return client.acquireTokenSilent(request)
      },
    }
  }

  async function acquireFor(
    owner: AccountInfo,
    client: IPublicClientApplication,
    { scopes, fresh, claims }: TokenRequest,
    before: AccessToken | undefined,
  ): Promise<AccessToken | Refusal> {
    const isSignedOut = watchSignOut()
    const askMsal = async (how: Partial<SilentRequest>) => {
      const request = { scopes: [...scopes], account: owner, cacheLookupPolicy: NO_IFRAME, ...how }
      const result = await calls.settle(acquireSilently(unlessDisposed(client), request), isSignedOut)
      return 'refused' in result ? result : tokenOfResult(result, { scopes, clientId, from: 'entra', accounts })
    }
    const cached = fresh && !claims && before && (await askMsal({ forceRefresh: false, cacheLookupPolicy: ONLY_CACHE }))
    const isRenewedElsewhere = cached && !isRefusal(cached) && isNewer(cached, before)
    const answer = isRenewedElsewhere ? cached : await askMsal({ forceRefresh: fresh, ...(claims && { claims }) })
    if (isSignedOut()) return NO_ACCOUNT
    if (!isRefusal(answer)) lastTokens.set(scopeKey(scopes), answer)
    return answer
  }

  function acquireInTurn(request: TokenRequest, before: AccessToken | undefined): Promise<AccessToken | Refusal> {
    return shared.use<AccessToken | Refusal>(async (client) => {
      if (disposed.aborted) return { refused: 'disposed' }
      clearOutdatedFlag()
      if (signedOutFlag.isSet()) {
        removeLeftovers(window, clientId, signedOutFlag.at())
        return NO_ACCOUNT
      }
      account = chooseAccount(client, settings.loginHint, account)
      const answer = account ? await acquireFor(account, client, request, before) : NO_ACCOUNT
      // Where claims are refused, the account may still be another one.
      const isDefinite = !isRefusal(answer) || (!request.claims && needsSignIn(answer))
      if (isDefinite && scopeKey(request.scopes) === scopeKey(settings.scopes)) shared.settleChange()
      return answer
    })
  }

  return {
    acquire(request) {
      // Read before this call has its turn: while it waits another one may take what another tab has renewed.
      const before = lastTokens.get(scopeKey(request.scopes))
      const key = `${scopeKey(request.scopes)} ${request.claims ?? ''}`
      const answer = Promise.resolve(lastCalls.get(key)).then(() => acquireInTurn(request, before))
      const settled = answer
        .catch(() => {})
        .then(() => {
          if (lastCalls.get(key) === settled) lastCalls.delete(key)
        })
      lastCalls.set(key, settled)
      return answer
    },
    get account() {
      return account
    },
    forgetTokens: () => lastTokens.clear(),
    takeAccount() {
      const taken = account
      account = undefined
      return taken
    },
  }
}

/** Whether another tab has renewed the token, or switched the account, since `before`. */
export function isNewer(cached: AccessToken, before: AccessToken): boolean {
  return cached.expiresOnTimestamp > before.expiresOnTimestamp || cached.account.key !== before.account.key
}
