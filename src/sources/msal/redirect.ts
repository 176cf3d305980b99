// Sign-in by leaving the page for Entra ID and coming back, with MSAL.

import { load } from '../load.js'
import type { AccessToken, Refusal, SignInClick, SignInRequest, TokenSource } from '../source.js'
import { forgetSession, openLastWrite } from './accounts.js'
import { createCalls } from './calls.js'
import { findObstacle } from './leave.js'
import type { RedirectContext } from './redirect-context.js'
import { openNotes, removeLateWrites } from './redirect-notes.js'
import { endPendingRedirect } from './response.js'
import { openSharedClient, type SharedClient } from './shared-client.js'
import { leaveToSignIn } from './sign-in.js'
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
  const { window } = opening
  const { clientId } = opening.settings
  const notes = openNotes(window, clientId)
  const lastWrite = openLastWrite(window, clientId)
  const calls = createCalls(
    window,
    () => lastWrite.write(String(Date.now())),
    () => removeLateWrites(window, clientId, notes),
  )
  const context = { ...opening, clientId, shared, notes, calls }
  const silent = createSilentTokens(context)
  let { response } = opening

  function forget(signedOut: 'here' | 'elsewhere'): void {
    response = undefined
    silent.forgetTokens()
    endPendingRedirect(window, clientId)
    forgetSession(window, clientId, signedOut)
    if (!shared.isInMemory) return
    for (const account of shared.current.getAllAccounts()) shared.current.clearCache({ account }).catch(() => {})
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
    signIn: async (request, click) =>
      findObstacle(context) ??
      (request.popup ? signInInPopup(request, click) : leaveToSignIn(context, request, silent.account)),
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
