// The start of a page in a browser: takes the response of Entra ID, if the page was opened with one, asks for a token
// silently, and leaves for Entra ID where the app wants that.

import type { AuthenticationResult, IPublicClientApplication } from '@azure/msal-browser'
import { withDeadline } from '../../shared/deadline.js'
import { load } from '../load.js'
import { type AccessToken, isRefusal, type Refusal } from '../source.js'
import { chooseAccount } from './accounts.js'
import { LEAVE_DEADLINE_MS } from './leave.js'
import type { OpenedContext } from './redirect-context.js'
import {
  mustNotRepeat,
  needsSignIn,
  outcomeText,
  restoreRequest,
  takeOutcome,
  takeRequest,
  writePendingRedirect,
} from './redirect-notes.js'
import { isUnknownResponse } from './refusals.js'
import { type PendingRedirect, readPendingRedirect } from './response.js'
import { redirectAutomatically } from './sign-in.js'
import type { SilentTokens } from './silent.js'

export async function startInBrowser(
  context: OpenedContext,
  silent: SilentTokens,
  response: string | undefined,
): Promise<AccessToken | Refusal> {
  const { settings, window, clientId, disposed, notes } = context
  const pending = readPendingRedirect(window, clientId)
  const mayHaveAnswer = (response ?? (settings.client && pending)) && !disposed.aborted
  const handled = mayHaveAnswer ? await handleResponse(context, response, pending) : undefined
  const mustGoBack = handled && pending && isOtherDocument(pending.returnTo, window)
  if (mustGoBack && !disposed.aborted) await goBack(context, pending.returnTo, handled)
  const outcome = takeOutcome(notes) ?? (handled === 'signed-in' ? undefined : handled)
  const found = await silent.acquire({ scopes: settings.scopes, fresh: false })
  if (!isRefusal(found) || !needsSignIn(found)) return found
  // A user who comes back without having signed in is not sent there again: that could go on for ever.
  if (outcome && mustNotRepeat(outcome)) return outcome
  const isUnanswered = pending && !pending.reported && response === undefined
  const lost = isUnanswered && (await reportLostResponse(context, pending))
  return lost || ((await redirectAutomatically(context, silent.account)) ?? outcome ?? found)
}

/**
 * Gives the response to MSAL. Without one MSAL is not asked: it would eat the fragment of another app. But the app can have
 * asked its own client before there was an `Auth`, which then has the answer still.
 */
async function handleResponse(
  context: OpenedContext,
  hash: string | undefined,
  pending: PendingRedirect | undefined,
): Promise<'signed-in' | Refusal | undefined> {
  const { window, clientId, disposed, settings, signedOutFlag, shared, notes, calls } = context
  // A sign-out since the page was opened counts for more than the sign-in before it.
  const isSignedOut = context.watchSignOut(signedOutFlag.atFirst)

  /** The account becomes the active one within the same call: MSAL writes that too, which fails where storage is full. */
  async function completeSignIn(client: IPublicClientApplication): Promise<AuthenticationResult | null> {
    const before = pending?.keepsAccount ? chooseAccount(client, settings.loginHint, undefined) : undefined
    const result = await (hash ? context.library.handleResponse(client, hash) : client.handleRedirectPromise())
    if (!hash && result?.state !== pending?.id) return null
    if (result && !isSignedOut()) client.setActiveAccount(before ?? result.account)
    return result
  }

  const result = await shared.use(async (client) => {
    // Until its turn the response can still be taken by the next Auth of the page.
    if (disposed.aborted) return null
    const request = takeRequest(notes)
    writePendingRedirect(window, clientId, undefined)
    if (isSignedOut()) return null
    if (hash) restoreRequest(window, request)
    const settled = await calls.settle(completeSignIn(client), isSignedOut, 'sign-in')
    if (settled && !('refused' in settled) && !isSignedOut()) signedOutFlag.clear()
    return settled
  }, true)
  if (!result || isSignedOut()) return undefined
  if ('refused' in result) return isUnknownResponse(result.cause) ? undefined : result
  notes.triedSilently.write(undefined)
  context.onSignedIn()
  return 'signed-in'
}

/** Returns to the document that the user came from. A refusal waits there for the next start. */
function goBack({ window, notes }: OpenedContext, returnTo: string, outcome: 'signed-in' | Refusal): Promise<void> {
  if (outcome !== 'signed-in') notes.outcome.write(outcomeText(outcome))
  // Absolute, because a `<base>` would lead a path elsewhere.
  window.location.replace(window.location.origin + returnTo)
  return withDeadline<void>(new Promise<never>(() => {}), LEAVE_DEADLINE_MS, () => {})
}

/** Says once where the response went instead of coming here. */
async function reportLostResponse(context: OpenedContext, pending: PendingRedirect): Promise<Refusal | undefined> {
  const { window, clientId } = context
  const part = await load(() => import('./lost-response.js'))
  const found = 'refused' in part ? undefined : part.findLostResponse(window, context.settings, pending)
  if (found) writePendingRedirect(window, clientId, { ...pending, reported: true })
  return found
}

function isOtherDocument(path: string, { location }: Window): boolean {
  return new URL(path, location.href).pathname !== location.pathname
}
