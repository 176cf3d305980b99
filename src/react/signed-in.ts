import * as React from 'react'
import type { AuthState } from '../account/state.js'
import type { Auth } from '../auth.js'
import type { Account } from '../shared/claims.js'
import { useAuth } from './use-auth.js'

export interface SignedInProps {
  readonly children?: React.ReactNode | ((account: Account) => React.ReactNode)
}

/** Shows its children while somebody is signed in. */
export function SignedIn({ children }: SignedInProps): React.ReactElement | null {
  const { state } = useAuth()
  if (state.status !== 'signed-in') return null
  return show(typeof children === 'function' ? children(state.account) : children)
}

export interface SignedOutProps {
  readonly children?:
    | React.ReactNode
    | ((state: Extract<AuthState, { status: 'signed-out' }>, auth: Auth) => React.ReactNode)
}

/** Shows its children while nobody is signed in: not before that is known, and not while the state is `failed`. */
export function SignedOut({ children }: SignedOutProps): React.ReactElement | null {
  const { auth, state } = useAuth()
  if (state.status !== 'signed-out') return null
  return show(typeof children === 'function' ? children(state, auth) : children)
}

/** React 17's types take no component that returns a text. */
export function show(nodes: React.ReactNode): React.ReactElement {
  return React.createElement(React.Fragment, null, nodes)
}
