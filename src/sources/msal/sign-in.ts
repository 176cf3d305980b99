// Leaving the page for Entra ID to sign in: on a click, or automatically where the app wants it.

import type { AccountInfo, RedirectRequest } from '@azure/msal-browser'
import type { Refusal, SignInRequest } from '../source.js'
import { beginRedirect, findObstacle, isOtherAppWaiting, leavePage } from './leave.js'
import { isTooSoon, keepRequest, takeRequest } from './notes.js'
import type { OpenedContext } from './redirect-context.js'

/** `silent` is `prompt=none`; `automatic` is without a click. */
interface Manner {
  readonly silent: boolean
  readonly automatic: boolean
}

const ON_CLICK: Manner = { silent: false, automatic: false }

/** Settles only if the page was not left. */
export function leaveToSignIn(
  context: OpenedContext,
  request: SignInRequest,
  account: AccountInfo | undefined,
  manner = ON_CLICK,
): Promise<Refusal> {
  const { window, clientId, settings, shared, notes } = context
  const { pathname, search, hash } = window.location
  const state = beginRedirect(context, 'sign-in', { returnTo: request.returnTo ?? pathname + search + hash, ...manner })
  const hint = account ? { account } : settings.loginHint && { loginHint: settings.loginHint }
  return leavePage(
    context,
    () => shared.current.acquireTokenRedirect({ ...redirectRequest(request, hint, manner.silent), state }),
    () => keepRequest(window, clientId, notes),
  ).finally(() => takeRequest(notes))
}

/** Returns `undefined` where the app does not want it, or the page may not be left now, or the user came back. */
export async function redirectAutomatically(
  context: OpenedContext,
  account: AccountInfo | undefined,
): Promise<Refusal | undefined> {
  if (!mayRedirect(context)) return undefined
  const { settings, notes, now } = context
  const silent = settings.autoSignIn === 'silent'
  notes.lastAutomatic.write(String(now()))
  if (silent) notes.triedSilently.write('1')
  const refusal = await leaveToSignIn(context, { scopes: settings.scopes }, account, { silent, automatic: true })
  return refusal.refused === 'cancelled' ? undefined : refusal
}

function mayRedirect(context: OpenedContext): boolean {
  const { settings, window, clientId, signedOutFlag, notes, now } = context
  if (settings.autoSignIn === 'never' || signedOutFlag.isSet()) return false
  if (settings.autoSignIn === 'silent' && notes.triedSilently.read()) return false
  return !findObstacle(context) && !isTooSoon(notes, now()) && !isOtherAppWaiting(window, clientId)
}

type Hint = Pick<RedirectRequest, 'account' | 'loginHint'> | '' | undefined

function redirectRequest({ scopes, claims, prompt }: SignInRequest, hint: Hint, silent: boolean): RedirectRequest {
  const sentPrompt = silent ? 'none' : prompt
  return {
    scopes: [...scopes],
    ...(prompt !== 'select_account' && hint),
    ...(sentPrompt && { prompt: sentPrompt }),
    ...(claims && { claims }),
  }
}
