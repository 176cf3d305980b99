// The sign-out: from Chainlit's menu, in another tab, or because the account is gone.

import {
  type Auth,
  type AuthState,
  createSignedOutFlag,
  type SignedOutFlag,
  watchSignedOutFlag,
  withDeadline,
} from './twodoor.js'

export interface SignOutContext {
  readonly window: Window
  readonly clientId: string
  /** Holds back all calls of the page. */
  closeGate(): void
  /** The sign-in, which is begun if there is none, without asking the user for anything. */
  openAuth(): Auth | undefined
  reload(): void
}

export interface SignOut {
  /** Whether the user has signed out of the app, here or in another tab, and not signed in since. */
  isSignedOut(): boolean
  /** Signs out of twodoor, after Chainlit's own logout, and loads the page again. */
  signOut(): Promise<void>
  /** Signs out when the account of this sign-in is gone, for example because another app of the page removed it. */
  watchAccount(auth: Auth): void
  dispose(): void
}

/** By then the signed-out flag is set. The rest of the sign-out must not hold up the page. */
const DEADLINE_MS = 5_000

export function createSignOut(context: SignOutContext): SignOut {
  const { window, clientId } = context
  const flag = createSignedOutFlag(window, clientId)
  let hasBegun = false

  /** With the flag set, the page that is loaded next ends what is left of the session before anything else. */
  async function leave(mustSignOut: boolean): Promise<void> {
    if (hasBegun) return
    hasBegun = true
    context.closeGate()
    const signedOut = mustSignOut ? context.openAuth()?.signOut() : undefined
    await withDeadline(Promise.resolve(signedOut), DEADLINE_MS, () => undefined).catch(() => {})
    context.reload()
  }

  const undos = watchElsewhere(window, clientId, flag, leave)
  return {
    isSignedOut: flag.isSet,
    signOut: () => leave(true),
    watchAccount: (auth) => void undos.push(watchAccount(auth, () => leave(true))),
    dispose() {
      for (const undo of undos.splice(0)) undo()
    },
  }
}

/**
 * Calls `onSignOut` for a sign-out in another tab. A browser that has only the cookie has no `Auth` that would notice.
 * The flag may be cleared again by then: a frozen tab learns of it late.
 */
function watchElsewhere(
  window: Window,
  clientId: string,
  flag: SignedOutFlag,
  onSignOut: (isFlagSet: boolean) => unknown,
): (() => void)[] {
  const stopWatching = watchSignedOutFlag(window, clientId, (isSet) => isSet && onSignOut(flag.isSet()))
  // A page in the back/forward cache gets no events.
  const onPageShow = ({ persisted }: PageTransitionEvent) => {
    if (persisted && flag.isSet()) onSignOut(true)
  }
  window.addEventListener('pageshow', onPageShow)
  return [stopWatching, () => window.removeEventListener('pageshow', onPageShow)]
}

function watchAccount(auth: Auth, onSignOut: () => unknown): () => void {
  let before = auth.state
  return auth.subscribe((state) => {
    const hasSignedOut = before.status === 'signed-in' && isSignOut(state)
    before = state
    if (hasSignedOut) onSignOut()
  })
}

/** A sign-in that has to be renewed keeps its account. */
function isSignOut(state: AuthState): boolean {
  return state.status === 'signed-out' && (state.reason === 'by-user' || state.reason === 'no-account')
}
