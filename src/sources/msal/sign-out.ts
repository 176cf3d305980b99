import type { AccountInfo } from '@azure/msal-browser'
import type { Refusal } from '../source.js'
import { accountForLogout } from './accounts.js'
import { beginRedirect, leaveForEntra } from './leave.js'
import type { OpenedContext } from './redirect-context.js'

/** Ends the session at Entra ID too. Settles only if the page was not left. */
export function leaveToSignOut(context: OpenedContext, account: AccountInfo | undefined): Promise<Refusal> {
  const state = beginRedirect(context, 'sign-out', { returnTo: '/', silent: false, automatic: false })
  const goToLogout = () =>
    context.shared.current.logoutRedirect({ account: accountForLogout(account, context.settings.authority), state })
  return leaveForEntra(context, goToLogout)
}
