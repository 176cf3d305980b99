// Leaving the page for Entra ID to sign in: on a click, or automatically where the app wants it.

import type { AccountInfo, RedirectRequest } from '@azure/msal-browser'
import type { Refusal, SignInRequest } from '../source.js'
import { beginRedirect, findObstacle, isOtherAppWaiting, leaveForEntra } from './leave.js'
import { isTooSoon } from './loop-guard.js'
import type { OpenedContext } from './redirect-context.js'
import { keepRequest, takeRequest } from './redirect-notes.js'

/** `silent` is `prompt=none`; `automatic` is without a click; `keepsAccount` as of `SignInClick`. */
interface Manner {
  readonly silent: boolean
  readonly automatic: boolean
  readonly keepsAccount?: boolean | undefined
}

export const ON_CLICK: Manner = { silent: false, automatic: false }

/** Of those that are about to leave the page, or have a pop-up open: a second redirect would take the answer from the first. */
export const leaving = new WeakSet<OpenedContext>()

/** Settles only if the page was not left. */
export function leaveToSignIn(
  context: OpenedContext,
  request: SignInRequest,
  account: AccountInfo | undefined,
  manner = ON_CLICK,
): Promise<Refusal> {
  const { window, clientId, notes } = context
  const { pathname, search, hash } = window.location
  const state = beginRedirect(context, 'sign-in', { returnTo: request.returnTo ?? pathname + search + hash, ...manner })
  leaving.add(context)
  const sent = redirectRequest(context, request, account, manner.silent)
  return leaveForEntra(
    context,
    () => context.shared.current.acquireTokenRedirect({ ...sent, state }),
    () => keepRequest(window, clientId, notes),
  ).finally(() => {
    leaving.delete(context)
    takeRequest(notes)
  })
}

/** Returns `undefined` where the app does not want it, or the page may not be left now, or the user came back. */
export async function redirectAutomatically(
  context: OpenedContext,
  account: AccountInfo | undefined,
): Promise<Refusal | undefined> {
  const { autoSignIn, scopes } = context.settings
  const silent = autoSignIn === 'silent'
  if (autoSignIn === 'never' || !mayRedirect(context, silent)) return undefined
  const { notes, now } = context
  notes.lastAutomatic.write(String(now()))
  if (silent) notes.triedSilently.write('1')
  const refusal = await leaveToSignIn(context, { scopes }, account, { silent, automatic: true })
  if (couldNotBegin(refusal)) {
    notes.lastAutomatic.write(undefined)
    if (silent) notes.triedSilently.write(undefined)
  }
  return refusal.refused === 'cancelled' ? undefined : refusal
}

/** The page was never left, so that no loop of redirects can come of it. */
function couldNotBegin({ refused }: Refusal): boolean {
  return /^(unavailable|throttled|offline)$/.test(refused)
}

function mayRedirect(context: OpenedContext, silent: boolean): boolean {
  const { notes, window, clientId } = context
  if (leaving.has(context) || (silent && notes.triedSilently.read()) || context.signedOutFlag.isSet()) return false
  return !findObstacle(context) && !isTooSoon(notes, context.now()) && !isOtherAppWaiting(window, clientId)
}

export function redirectRequest(
  { settings }: OpenedContext,
  { scopes, claims, prompt }: SignInRequest,
  account: AccountInfo | undefined,
  silent = false,
): RedirectRequest {
  const { loginHint } = settings
  const hint = account ? { account } : loginHint && { loginHint }
  const sentPrompt = silent ? 'none' : prompt
  return {
    scopes: [...scopes],
    ...(prompt !== 'select_account' && hint),
    ...(sentPrompt && { prompt: sentPrompt }),
    ...(claims && { claims }),
  }
}
