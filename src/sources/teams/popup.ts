// Consent in a host that cannot ask for it: the host opens a page of the app's, which goes to Entra ID and comes back. It has
// storage of its own, because the browser keeps that of a frame apart, and it carries nothing over: with the consent the host
// gives its token. Loaded only then.

import { popupUrl } from '../../page/popup-url.js'
import { BACK_MS, untilBack } from '../../page/until-back.js'
import type { Settings } from '../../settings.js'
import { withDeadline } from '../../shared/deadline.js'
import { scopeKey } from '../../shared/scopes.js'
import { hostTimeout } from '../host-requests.js'
import type { refusalOfMsal } from '../msal/refusals.js'
import type { AccessToken, Refusal, SignInRequest, TokenRequest } from '../source.js'
import type { TeamsLibrary } from './connected-host.js'

/** Consent and multi-factor sign-in take minutes. */
const POPUP_DEADLINE_MS = 10 * 60_000
/** A hint is not worth a longer wait: the click would no longer count. */
const HINT_DEADLINE_MS = 1_000
const SIZE = { width: 500, height: 640 }

/** It passes with the next click, and signs nobody out. */
const BLOCKED: Refusal = {
  refused: 'unsupported',
  retryable: true,
  message: 'The host did not open the pop-up.',
  remedy: 'Let it open pop-ups, and call `signIn()` on a click.',
}

/** To scopes that the host has no tokens for: those are for the server of the app, on behalf of the user. */
const CONSENTED: Refusal = { refused: 'unsupported', consented: true }

/** `asked`: the user has consented, or nobody can tell. `closed`: the host takes the window for closed. */
type Outcome = Refusal | 'asked' | 'closed'

export interface PopupContext {
  readonly library: TeamsLibrary
  readonly settings: Settings
  readonly window: Window
  /** Why the host has no token. */
  readonly answer: Refusal
  readonly interrupted: AbortSignal
  /** The engine has it: imported here as well, it would be a file of its own in a bundle. */
  readonly refusalOfMsal: typeof refusalOfMsal
  /** Asks the host again. */
  acquire(request: TokenRequest): Promise<AccessToken | Refusal>
}

export async function askInPopup(context: PopupContext, request: SignInRequest): Promise<AccessToken | Refusal> {
  const { scopes: own } = context.settings
  if (!isConsentMissing(context.answer)) return context.answer
  const outcome = await withDeadline<Outcome>(open(context, request), POPUP_DEADLINE_MS, hostTimeout)
  const end = outcome === 'closed' ? await endOf(context) : outcome
  if (context.interrupted.aborted) return { refused: 'cancelled' }
  if (end !== 'asked' && end.refused !== 'cancelled') return end
  // Whether the user has closed it or was quick, the host cannot tell: the next call of the server finds out.
  if (scopeKey(request.scopes) !== scopeKey(own)) return end === 'asked' || outcome === 'closed' ? CONSENTED : end
  const token = await context.acquire({ scopes: own, fresh: false, claims: request.claims })
  return end !== 'asked' && 'refused' in token ? end : token
}

/**
 * Of a pop-up that the host takes for closed. If the user is not back in the page, Entra ID has cut it off from the host, and it
 * cannot tell what the user did: then the next token tells, or the next call of the server.
 */
async function endOf({ window, interrupted }: PopupContext): Promise<Refusal | 'asked'> {
  if (await untilBack(window, BACK_MS + 1_000, interrupted)) return { refused: 'cancelled' }
  return (await untilBack(window, POPUP_DEADLINE_MS, interrupted)) ? 'asked' : hostTimeout()
}

/** Or it may be: the host has refused, or has no way to ask for other scopes than its own. */
function isConsentMissing({ refused, why }: Refusal): boolean {
  return refused === 'consent_required' || refused === 'sign_in_required' || why === 'no_nesting'
}

async function open(context: PopupContext, { scopes, claims, prompt }: SignInRequest): Promise<Outcome> {
  const { library, settings, window } = context
  const id = crypto.randomUUID()
  const loginHint = await hintOf(context)
  const url = popupUrl(settings.popupPage ?? '', { id, scopes, claims, prompt, loginHint })
  try {
    const result = await library.authentication.authenticate({ url, ...SIZE })
    return result === id ? 'asked' : { refused: 'host_refused', message: 'The pop-up was not the one of this sign-in.' }
  } catch (cause) {
    const why = `${(cause as { message?: unknown } | null)?.message ?? cause}`
    return outcomeOfFailure(why, (failure) => context.refusalOfMsal(failure, window.navigator))
  }
}

/** `why` is the word of the host, or what the pop-up has heard from Entra ID: an OAuth error and the digits of its number. */
function outcomeOfFailure(why: string, refusalOf: (failure: Error) => Refusal): Outcome {
  if (why === 'FailedToOpenWindow') return BLOCKED
  const [, error, number] = /^([a-z_]{1,40})(?: (\d{5,7}))?$/.exec(why) ?? []
  if (!error) return 'closed'
  const cause = { name: 'ServerError', errorCode: error, errorMessage: number && `AADSTS${number}` }
  return refusalOf(Object.assign(new Error(error), cause))
}

async function hintOf({ library, settings }: PopupContext): Promise<string | undefined> {
  if (settings.loginHint) return settings.loginHint
  const asked = library.app.getContext().then(
    ({ user }) => user?.loginHint ?? user?.userPrincipalName,
    () => undefined,
  )
  return withDeadline<string | undefined>(asked, HINT_DEADLINE_MS, () => undefined)
}
