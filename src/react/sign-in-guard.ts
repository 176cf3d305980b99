import * as React from 'react'
import type { AuthState } from '../account/state.js'
import { internalsOf } from '../carriers/internals.js'
import { show } from './signed-in.js'
import { useAuth } from './use-auth.js'

export interface SignInGuardProps {
  readonly children?: React.ReactNode
  /** What is shown meanwhile, and where only a click may sign in: a button that calls `auth.signIn`. */
  readonly fallback?: React.ReactNode
}

/**
 * Shows its children to who is signed in. In a browser, a visitor whom nobody knows yet goes to the sign-in without a click, and
 * comes back to this address.
 *
 * Everybody else gets `fallback`: who has signed out, here or in another tab; whose sign-in has expired, was refused or was
 * given up; who came here by the Back button; and who is in a host that needs a click.
 */
export function SignInGuard({ children, fallback }: SignInGuardProps): React.ReactElement {
  const { auth, state } = useAuth()
  const internals = internalsOf(auth)
  // Where somebody has been signed in, the account can be gone because another app that uses MSAL has signed it out.
  const isVisitor = isUnknownVisitor(state) && !internals?.hasResponse && !internals?.accounts().length
  React.useEffect(() => {
    if (isVisitor && !isByHistory()) auth.signIn().catch(() => {}) // the state says why
  }, [auth, isVisitor])
  return show(state.status === 'signed-in' ? children : fallback)
}

/**
 * Nobody has signed in, out or been refused. Whoever Entra ID has refused would be sent there and back for ever: it asks nobody for
 * a password who is signed in there.
 */
export function isUnknownVisitor(state: AuthState): boolean {
  if (state.host.kind !== 'browser' || state.status !== 'signed-out' || state.reason !== 'no-account') return false
  return !state.error || (state.error.code === 'sign_in_required' && !state.error.aadsts && !state.error.claims)
}

/** The page was opened by the Back or Forward button: one that leads away at once would hold the user. */
function isByHistory(): boolean {
  const navigations = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return navigations.some(({ type }) => type === 'back_forward')
}
