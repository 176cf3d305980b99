// The texts for a Chainlit that cannot go on: for the user on the panel, for the developer in the console.

import { AuthError, type AuthErrorCode, type AuthOptions, type AuthState, type Host } from '../twodoor.js'
import type { PanelContent } from './panel.js'
import type { Texts } from './texts/english.js'

/** What the user can do about it. */
export interface PanelActions {
  signIn(): unknown
  /** Lets the user choose another account. */
  switchAccount(): unknown
  tryAgain(): unknown
  reload(): unknown
  /** For a tab of its own. */
  readonly pageUrl: string
  /** Where an administrator allows the app for everybody. */
  readonly adminConsentUrl: string
}

const SIGN_IN_TITLES: Partial<Record<AuthErrorCode, keyof Texts>> = {
  sign_in_required: 'signIn',
  cancelled: 'signIn',
  consent_required: 'permissionNeeded',
}

/** An error code of Entra ID, by which the owner of the app can look it up. */
const ENTRA_CODE = /AADSTS\d+/

/** In words for a user: the error's own are for a developer, and go to the console. */
export function panelContentOf(
  texts: Texts,
  error: AuthError,
  state: AuthState | undefined,
  actions: PanelActions,
): PanelContent {
  const { code, message } = error
  if (SIGN_IN_TITLES[code]) return signInContent(texts, error, state, actions)
  if (isTurnedAway(error)) return turnedAwayContent(texts, state, actions)
  const [title, text] = titleAndText(texts, error, state)
  const [entraCode] = message.match(ENTRA_CODE) ?? []
  const again = needsReload(error)
    ? { label: texts.reload, press: actions.reload }
    : { label: texts.tryAgain, press: actions.tryAgain }
  const openInBrowser = { label: texts.openInBrowser, href: actions.pageUrl }
  const askAdministrator = { label: texts.askAdministrator, href: actions.adminConsentUrl }
  return {
    title,
    text: entraCode ? `${text} (${entraCode})` : text,
    button: code === 'framed' ? undefined : again,
    link: code === 'denied' ? askAdministrator : openInBrowser,
  }
}

function signInContent(
  texts: Texts,
  { code }: AuthError,
  state: AuthState | undefined,
  { signIn }: PanelActions,
): PanelContent {
  const isByUser = state?.status === 'signed-out' && state.reason === 'by-user'
  const isConsent = code === 'consent_required'
  return {
    title: texts[isByUser ? 'signedOut' : (SIGN_IN_TITLES[code] ?? 'signIn')],
    text: isConsent ? texts.asksForProfile : texts.signInToContinue,
    button: { label: isConsent ? texts.continue : texts.signIn, press: signIn },
  }
}

/** The token is good, and the server does not let its user in. */
function isTurnedAway({ code, phase }: AuthError): boolean {
  return code === 'denied' && phase === 'session'
}

/** A host has one account: who may come in by now tries again. */
function turnedAwayContent(
  texts: Texts,
  state: AuthState | undefined,
  { switchAccount, tryAgain }: PanelActions,
): PanelContent {
  const isBrowser = state?.host.kind === 'browser'
  return {
    title: texts.noAccess,
    text: texts.administratorCanGive,
    button: isBrowser
      ? { label: texts.useAnotherAccount, press: switchAccount }
      : { label: texts.tryAgain, press: tryAgain },
  }
}

/** A host that did not answer is asked again only by another load of the page. */
function needsReload(error: AuthError): boolean {
  const { code, phase, retryable } = error
  const isHostGone = code === 'host_timeout' && !retryable
  return phase === 'socket' || isReloadRemedy(error) || isHostGone
}

function isReloadRemedy({ remedy }: AuthError): boolean {
  return remedy.startsWith('Reload')
}

function titleAndText(
  texts: Texts,
  error: AuthError,
  state: AuthState | undefined,
): readonly [title: string, text: string] {
  const { code } = error
  if (error.phase === 'socket') return [texts.notConnected, texts.tellOwner]
  if (code === 'framed') return [texts.openPageInBrowser, texts.cannotSignInHere]
  if (code === 'account_mismatch') return [texts.accountChanged, texts.otherAccount]
  if (code === 'denied') return [texts.accessDenied, texts.administratorCanGive]
  if (code === 'offline') return [texts.offline, texts.checkConnection]
  const reload = isReloadRemedy(error) ? texts.reloadThePage : undefined
  if (error.retryable) return [texts.tooSlow, reload ?? texts.tryAgainSoon]
  return [texts.signInFailed, reload ?? (isCookieRefused(error) ? notKept(texts, state) : texts.tellOwner)]
}

/** All other refusals of a session are answers of the server. */
function isCookieRefused({ code, message }: AuthError): boolean {
  return code === 'session_refused' && message.includes('cookie')
}

function notKept(texts: Texts, state: AuthState | undefined): string {
  if (state?.host.kind !== 'teams') return texts.notKept
  return texts.notKeptIn.replace('{host}', state.host.name?.includes('Outlook') ? 'Outlook' : 'Teams')
}

/** What the console says, for the developer. `undefined` where nothing is wrong with the app. */
export function logTextOf({ code, message, remedy }: AuthError): string | undefined {
  if (code in SIGN_IN_TITLES || code === 'account_mismatch') return undefined
  return `twodoor: ${message}${message.includes(remedy) ? '' : ` ${remedy}`}`
}

/** For the developer: which page frames the app, and where to allow it. */
export function framedError({ reasons }: Host): AuthError {
  const remedy = 'To allow that page, name its origin in `data-host-origins`, and in `frame_ancestors` of setup().'
  return new AuthError('framed', { phase: 'host', message: `framed: ${reasons.join(', ')}.`, remedy })
}

export function adminConsentUrlOf({
  authority = 'https://login.microsoftonline.com',
  tenant,
  clientId,
}: AuthOptions): string {
  return `${authority}/${encodeURIComponent(tenant)}/adminconsent?client_id=${encodeURIComponent(clientId)}`
}
