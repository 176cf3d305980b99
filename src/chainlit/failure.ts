// What a person is told when Chainlit cannot go on.

import type { AuthError, AuthErrorCode } from '../errors.js'
import type { AuthState } from '../state.js'
import type { PanelContent } from './panel.js'

/** What a person can do about it. */
export interface Ways {
  signIn(): unknown
  tryAgain(): unknown
  reload(): unknown
  /** The address of this page, for a tab of its own. */
  readonly here: string
  /** Where an administrator allows the app for everybody. */
  readonly adminConsent: string
}

const signInTitles: Partial<Record<AuthErrorCode, string>> = {
  sign_in_required: 'Sign in',
  cancelled: 'Sign in',
  consent_required: 'Your permission is needed',
}

const FRAMED =
  'The page around it is no host that this app knows. Whoever runs the app can name it in data-host-origins.'

export function contentOf(error: AuthError, state: AuthState | undefined, ways: Ways): PanelContent {
  const { code, remedy } = error
  const message = error.message.replace(`${code}: `, '')
  const title = signInTitles[code]
  if (title) return signInContent(title, error, state, ways)
  const openInBrowser = { label: 'Open in the browser', href: ways.here }
  const reload = { label: 'Reload', press: ways.reload }
  // A host that was asked in vain is asked again only by another load of the page.
  const isLost = code === 'host_timeout' && !error.retryable
  const tryAgain = isLost ? reload : { label: 'Try again', press: ways.tryAgain }
  if (code === 'framed') return { title: 'Open this page in the browser', text: FRAMED, link: openInBrowser }
  if (code === 'account_mismatch') {
    const text = 'Another account is signed in to this app now.'
    return { title: 'The account has changed', text, button: reload }
  }
  if (code === 'denied') {
    const link = { label: 'Ask an administrator', href: ways.adminConsent }
    return { title: 'Access was denied', text: message, button: tryAgain, link }
  }
  const text = message.includes(remedy) ? message : `${message} ${remedy}`
  const isLater = error.retryable
  return {
    title: isLater ? 'This takes longer than it should' : 'Signing in did not work',
    text,
    button: tryAgain,
    link: openInBrowser,
  }
}

function signInContent(title: string, error: AuthError, state: AuthState | undefined, ways: Ways): PanelContent {
  const isChosen = state?.status === 'signed-out' && state.reason === 'chosen'
  const label = error.code === 'consent_required' ? 'Continue' : 'Sign in'
  const text = error.code === 'consent_required' ? 'The app asks for access to your profile.' : 'Sign in to go on.'
  const button = { label, press: ways.signIn }
  return { title: isChosen ? 'You are signed out' : title, text, button }
}
