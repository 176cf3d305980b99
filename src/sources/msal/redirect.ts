// Sign-in by leaving the page for Entra ID and coming back, with MSAL.

import type { AccountInfo } from '@azure/msal-browser'
import { load } from '../load.js'
import type { AccessToken, Refusal, SignInClick, SignInRequest, TokenSource } from '../source.js'
import { forgetSession, openLastWrite, removeTokensOfOthers } from './accounts.js'
import { createCalls } from './calls.js'
import { findObstacle } from './leave.js'
import type { RedirectContext } from './redirect-context.js'
import { openNotes, removeLateWrites } from './redirect-notes.js'
import { endPendingRedirect } from './response.js'
import { openSharedClient, type SharedClient } from './shared-client.js'
import { leaveToSignIn, ON_CLICK } from './sign-in.js'
import { leaveToSignOut } from './sign-out.js'
import { createSilentTokens } from './silent.js'
import { startInBrowser } from './start.js'

export interface RedirectSource extends Omit<TokenSource, 'kind' | 'start' | 'dispose'> {
  start(): Promise<AccessToken | Refusal>
}

export async function openRedirectSource(context: RedirectContext): Promise<RedirectSource | Refusal> {
  const client = await openSharedClient(context)
  return 'refused' in client ? client : createRedirectSource(context, client)
}

function createRedirectSource(opening: RedirectContext, shared: SharedClient): RedirectSource {
  const { window, signedOutFlag } = opening
  const { clientId } = opening.settings
  const notes = openNotes(window, clientId)
  const lastWrite = openLastWrite(window, clientId)
  const calls = createCalls(window, () => lastWrite.write(String(Date.now())), removeLate)
  let signOuts = 0

  function watchSignOut(signedOutAt = signedOutFlag.at()): () => boolean {
    const before = signOuts
    return () => signOuts !== before || (signedOutFlag.isSet() && signedOutFlag.at() !== signedOutAt)
  }

  const context = { ...opening, clientId, shared, notes, calls, watchSignOut }
  const silent = createSilentTokens(context)
  let { response } = opening

  function forget(signedOut: 'here' | 'elsewhere'): void {
    signOuts += 1
    response = undefined
    silent.forgetTokens()
    // Here it is still needed to sign out at Entra ID.
    if (signedOut === 'elsewhere') silent.takeAccount()
    endPendingRedirect(window, clientId)
    forgetSession(window, clientId, signedOut)
    clearMemory()
  }

  function clearMemory(kept?: AccountInfo): void {
    if (!shared.isInMemory) return
    const others = shared.current.getAllAccounts().filter(({ homeAccountId }) => homeAccountId !== kept?.homeAccountId)
    for (const account of others) shared.current.clearCache({ account }).catch(() => {})
  }

  /** What MSAL has stored after a sign-out, but not what belongs to somebody who has signed in since. */
  function removeLate(): void {
    const since = signedOutFlag.isSet() ? undefined : (shared.current.getActiveAccount() ?? undefined)
    if (since) removeTokensOfOthers(window, clientId, since)
    else if (signedOutFlag.isSet()) removeLateWrites(window, clientId, notes)
    clearMemory(since)
  }

  async function signInInPopup(request: SignInRequest, click: SignInClick | undefined): Promise<AccessToken | Refusal> {
    const part = await load(() => import('./popup.js'))
    return 'refused' in part ? part : part.signInInPopup(context, request, { ...click, account: silent.account })
  }

  return {
    start() {
      const taken = response
      response = undefined
      return startInBrowser(context, silent, taken)
    },
    acquire: silent.acquire,
    changed: shared.changed,
    async signIn(request, click) {
      const obstacle = findObstacle(context)
      if (obstacle) return obstacle
      if (request.popup) return signInInPopup(request, click)
      return leaveToSignIn(context, request, silent.account, { ...ON_CLICK, keepsAccount: click?.keepsAccount })
    },
    forget,
    async signOut({ entra }) {
      forget('here')
      // MSAL tells other apps of it.
      shared.current.setActiveAccount(null)
      const obstacle = entra ? findObstacle(context) : undefined
      if (obstacle) return obstacle
      const account = silent.takeAccount()
      if (entra) return leaveToSignOut(context, account)
      shared.tellApp?.()
      return undefined
    },
  }
}
