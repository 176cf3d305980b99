// Sign-in in a pop-up, for a page that must not be left. Loaded only then.
//
// Not with MSAL's own pop-up: MSAL 4 looks into the window, which the policy of Entra ID cuts off, and MSAL 5 takes a closed
// window for an answer that is late. So the pop-up is a redirect of MSAL's that ends in another window: the page of twodoor/popup
// hands the response over, and MSAL checks and redeems it here, as after any redirect.

import type { AccountInfo, AuthenticationResult, IPublicClientApplication } from '@azure/msal-browser'
import type { AccessToken, Refusal, SignInClick, SignInRequest } from '../source.js'
import { tokenOfResult } from './client.js'
import { beginAnew, isOtherAppWaiting } from './leave.js'
import { waitForResponse } from './popup-window.js'
import type { OpenedContext } from './redirect-context.js'
import { keepRequest, requestKeys, restoreRequest, takeRequest } from './redirect-notes.js'
import { leaving, redirectRequest } from './sign-in.js'

/** It passes with the next click, and signs nobody out. */
const BLOCKED: Refusal = {
  refused: 'unsupported',
  retryable: true,
  message: 'The browser blocked the pop-up.',
  remedy: 'Call `signIn()` on a click, before anything else is awaited, or without `popup`.',
}

interface PopupClick extends Partial<SignInClick> {
  /** Who is signed in, or was. */
  readonly account: AccountInfo | undefined
}

export function signInInPopup(
  context: OpenedContext,
  request: SignInRequest,
  { popup, interrupted, keepsAccount = false, account }: PopupClick,
): Promise<AccessToken | Refusal> {
  if (!popup || !interrupted) return Promise.resolve(BLOCKED)
  leaving.add(context)
  return signInAtEntra(context, request, { popup, interrupted, keepsAccount, account }).finally(() =>
    leaving.delete(context),
  )
}

async function signInAtEntra(
  context: OpenedContext,
  request: SignInRequest,
  click: PopupClick & SignInClick & { readonly popup: Window },
): Promise<AccessToken | Refusal> {
  const { clientId, window, notes, settings, shared, calls, signedOutFlag, library } = context
  const { popup, interrupted, account, keepsAccount } = click
  const isSignedOut = context.watchSignOut()
  const id = crypto.randomUUID()
  const sent = { ...redirectRequest(context, request, account), redirectUri: settings.popupPage ?? '', state: id }
  const begin = () => library.beginElsewhere(shared.current, sent)
  const url = await calls.settle(beginAnew(window, begin), isSignedOut)
  if (typeof url !== 'string') return url
  keepRequest(window, clientId, notes)
  const response = await waitForResponse({ window, popup, id, url, interrupted })
  const kept = takeRequest(notes)
  if (typeof response !== 'string') {
    await endRequest(context, url, kept)
    return response
  }

  async function completeSignIn(client: IPublicClientApplication): Promise<AuthenticationResult | null> {
    const result = await library.handleResponse(client, response as string)
    if (result && !isSignedOut()) client.setActiveAccount((keepsAccount && account) || result.account)
    return result
  }

  const result = await shared.use<AuthenticationResult | Refusal | null>(async (client) => {
    if (interrupted.aborted) return { refused: 'cancelled' }
    restoreRequest(window, kept)
    return calls.settle(completeSignIn(client), isSignedOut, 'sign-in')
  }, true)
  if (!result || interrupted.aborted) return { refused: 'cancelled' }
  if ('refused' in result) return result
  const token = tokenOfResult(result, { scopes: request.scopes, clientId, from: 'entra', accounts: context.accounts })
  if ('refused' in token) return token
  // In another tab: that has removed what MSAL has just stored.
  if (isSignedOut()) return { refused: 'cancelled' }
  signedOutFlag.clear()
  notes.triedSilently.write(undefined)
  return token
}

/**
 * Ends a request that nobody answers any more, unless another app is in the middle of its own. An app that has handed over its
 * client may show that a sign-in is in progress, as msal-react does, until MSAL has had an answer.
 */
async function endRequest(context: OpenedContext, url: string, kept: string | undefined): Promise<void> {
  const { window, clientId, settings, shared, calls, library } = context
  if (isOtherAppWaiting(window, clientId)) return
  const state = new URL(url).searchParams.get('state') ?? ''
  const denial = String(new URLSearchParams({ error: 'access_denied', state }))
  if (settings.client) {
    restoreRequest(window, kept)
    await calls.settle(library.handleResponse(shared.current, denial), () => false, 'sign-in')
  }
  const { sessionStorage } = window
  for (const key of requestKeys(sessionStorage, clientId)) sessionStorage.removeItem(key)
}
