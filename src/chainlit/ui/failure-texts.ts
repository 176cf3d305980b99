// The texts for a Chainlit that cannot go on: for the user on the panel, for the developer in the console.

import { AuthError, type AuthErrorCode, type AuthOptions, type AuthState, type Host } from '../twodoor.js'
import type { PanelContent } from './panel.js'

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

const SIGN_IN_TITLES: Partial<Record<AuthErrorCode, string>> = {
  sign_in_required: 'Sign in',
  cancelled: 'Sign in',
  consent_required: 'Your permission is needed',
}
const TELL_OWNER = 'Tell the owner of this app.'

/** An error code of Entra ID, by which the owner of the app can look it up. */
const ENTRA_CODE = /AADSTS\d+/

/** In words for a user: the error's own are for a developer, and go to the console. */
export function panelContentOf(error: AuthError, state: AuthState | undefined, actions: PanelActions): PanelContent {
  const { code, message } = error
  const signInTitle = SIGN_IN_TITLES[code]
  if (signInTitle) return signInContent(signInTitle, error, state, actions)
  if (isTurnedAway(error)) return turnedAwayContent(state, actions)
  const [title, text] = titleAndText(error, state)
  const [entraCode] = message.match(ENTRA_CODE) ?? []
  const again = needsReload(error)
    ? { label: 'Reload', press: actions.reload }
    : { label: 'Try again', press: actions.tryAgain }
  const openInBrowser = { label: 'Open in browser', href: actions.pageUrl }
  const askAdministrator = { label: 'Ask an administrator', href: actions.adminConsentUrl }
  return {
    title,
    text: entraCode ? `${text} (${entraCode})` : text,
    button: code === 'framed' ? undefined : again,
    link: code === 'denied' ? askAdministrator : openInBrowser,
  }
}

function signInContent(
  title: string,
  { code }: AuthError,
  state: AuthState | undefined,
  { signIn }: PanelActions,
): PanelContent {
  const isByUser = state?.status === 'signed-out' && state.reason === 'by-user'
  const isConsent = code === 'consent_required'
  return {
    title: isByUser ? 'You are signed out' : title,
    text: isConsent ? 'The app asks for access to your profile.' : 'Sign in to continue.',
    button: { label: isConsent ? 'Continue' : 'Sign in', press: signIn },
  }
}

/** The token is good, and the server does not let its user in. */
function isTurnedAway({ code, phase }: AuthError): boolean {
  return code === 'denied' && phase === 'session'
}

/** A host has one account: who may come in by now tries again. */
function turnedAwayContent(state: AuthState | undefined, { switchAccount, tryAgain }: PanelActions): PanelContent {
  const isBrowser = state?.host.kind === 'browser'
  return {
    title: 'You have no access to this app',
    text: 'Its administrator can give you access.',
    button: isBrowser
      ? { label: 'Use another account', press: switchAccount }
      : { label: 'Try again', press: tryAgain },
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

function titleAndText(error: AuthError, state: AuthState | undefined): readonly [title: string, text: string] {
  const { code } = error
  if (error.phase === 'socket') return ['The chat does not stay connected', TELL_OWNER]
  if (code === 'framed') return ['Open this page in your browser', 'It cannot sign you in here.']
  if (code === 'account_mismatch') return ['The account has changed', 'Another account is signed in now.']
  if (code === 'denied') return ['Access was denied', 'An administrator can give you access.']
  if (code === 'offline') return ['You are offline', 'Check your connection, then try again.']
  const reload = isReloadRemedy(error) ? 'Reload the page.' : undefined
  if (error.retryable) return ['Signing in takes too long', reload ?? 'Try again in a moment.']
  const text = isCookieRefused(error) ? `This browser does not keep the sign-in${hostPhrase(state)}.` : TELL_OWNER
  return ['Signing in did not work', reload ?? text]
}

/** All other refusals of a session are answers of the server. */
function isCookieRefused({ code, message }: AuthError): boolean {
  return code === 'session_refused' && message.includes('cookie')
}

function hostPhrase(state: AuthState | undefined): string {
  if (state?.host.kind !== 'teams') return ''
  return ` inside ${state.host.name?.includes('Outlook') ? 'Outlook' : 'Teams'}`
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
