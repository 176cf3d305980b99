// The sign-out: from Chainlit's menu, in another tab, or because the account is gone.

import type { PageSession } from './session/page-session.js'
import type { ChainlitRequests } from './session/session-requests.js'
import { type AuthState, createSignedOutFlag, watchSignedOutFlag, withDeadline } from './twodoor.js'

export interface SignOut {
  /** Whether the user has signed out of the app, here or in another tab, and not signed in since. */
  isSignedOut(): boolean
  /** Signs out of twodoor, after Chainlit's own logout, and loads the page again. */
  signOut(): Promise<void>
  /**
   * To be called with each state of the sign-in. Signs out when the account is gone, for example because another app of the
   * page has removed it.
   */
  onState(state: AuthState): void
  dispose(): void
}

/** By then the signed-out flag is set. The rest of the sign-out must not hold up the page. */
const SIGN_OUT_DEADLINE_MS = 5_000

export function createSignOut(
  window: Window,
  clientId: string,
  pageSession: Pick<PageSession, 'leave' | 'startSignIn' | 'reload'>,
  requests: Pick<ChainlitRequests, 'ended'>,
): SignOut {
  const flag = createSignedOutFlag(window, clientId)
  let hasBegun = false
  let wasSignedIn = false

  /**
   * With the flag set, the page that is loaded next ends what is left of the session before anything else. So it must not
   * come before the answer to a logout of this page: it would send a second one, which could end a later session.
   */
  async function leavePage(mustSignOut: boolean): Promise<void> {
    if (hasBegun) return
    hasBegun = true
    pageSession.leave()
    const signedOut = mustSignOut ? pageSession.startSignIn('never')?.signOut() : undefined
    const ended = Promise.resolve(signedOut)
      .catch(() => {})
      .then(requests.ended)
    await withDeadline(ended, SIGN_OUT_DEADLINE_MS, () => undefined)
    pageSession.reload(() => {
      hasBegun = false
    })
  }

  // A sign-out in another tab, which a browser that has only the cookie has no `Auth` to notice. A frozen tab learns of it
  // late: the flag may be cleared again.
  const stopWatching = watchSignedOutFlag(window, clientId, (isSet) => {
    if (isSet) void leavePage(flag.isSet())
  })
  // A page in the back/forward cache gets no events.
  const onPageShow = ({ persisted }: PageTransitionEvent) => {
    if (persisted && flag.isSet()) void leavePage(true)
  }
  window.addEventListener('pageshow', onPageShow)

  return {
    isSignedOut: flag.isSet,
    signOut: () => leavePage(true),
    onState(state) {
      if (wasSignedIn && isSignOut(state)) void leavePage(true)
      wasSignedIn = state.status === 'signed-in'
    },
    dispose() {
      stopWatching()
      window.removeEventListener('pageshow', onPageShow)
    },
  }
}

/** A sign-in that has to be renewed keeps its account. */
function isSignOut(state: AuthState): boolean {
  return state.status === 'signed-out' && (state.reason === 'by-user' || state.reason === 'no-account')
}
