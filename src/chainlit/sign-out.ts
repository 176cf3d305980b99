// A sign-out that was not made by Chainlit's own menu on this page.

import { type Auth, type AuthState, createSignedOutFlag, watchSignedOutFlag } from './twodoor.js'

export interface SignOuts {
  /** Whether the user has signed out of the app, here or in another tab, and not come back since. */
  isSignedOut(): boolean
  /** Also hears when the account of this sign-in is gone, by another app of the page for one. */
  follow(auth: Auth): void
  undo(): void
}

/**
 * Tells of each sign-out: a browser that has only the cookie has no `Auth` that would.
 *
 * @param told - hears whether it still stands: a frozen tab hears of it late
 */
export function watchSignOuts(window: Window, clientId: string, told: (stands: boolean) => void): SignOuts {
  const signedOutFlag = createSignedOutFlag(window, clientId)
  const undos = [watchSignedOutFlag(window, clientId, (isSet) => isSet && told(signedOutFlag.isSet()))]
  // In the back/forward cache a page hears of nothing.
  const look = ({ persisted }: PageTransitionEvent) => {
    if (persisted && signedOutFlag.isSet()) told(true)
  }
  window.addEventListener('pageshow', look)
  undos.push(() => window.removeEventListener('pageshow', look))

  return {
    isSignedOut: signedOutFlag.isSet,
    follow(auth) {
      let before = auth.state
      const hear = (state: AuthState) => {
        const isOver = before.status === 'signed-in' && isSignOut(state)
        before = state
        if (isOver) told(true)
      }
      undos.push(auth.subscribe(hear))
    },
    undo() {
      for (const undo of undos.splice(0)) undo()
    },
  }
}

/** And no sign-in that has to be renewed: that keeps its account. */
function isSignOut(state: AuthState): boolean {
  return state.status === 'signed-out' && (state.reason === 'by-user' || state.reason === 'no-account')
}
