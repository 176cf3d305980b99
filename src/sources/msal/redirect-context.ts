import type { AuthEvent } from '../../events.js'
import type { SignedOutFlag } from '../../page/signed-out-flag.js'
import type { AccountReader } from '../account-claims.js'
import type { MsalCalls } from './calls.js'
import type { ClientContext } from './client.js'
import type { Notes } from './redirect-notes.js'
import type { SharedClient } from './shared-client.js'

export interface RedirectContext extends ClientContext {
  /** The OAuth response that the page was opened with. */
  readonly response: string | undefined
  readonly signedOutFlag: SignedOutFlag
  readonly accounts: AccountReader
  now(): number
  emit(event: AuthEvent): void
  /** Called after a sign-in, to tell other tabs. */
  onSignedIn(): void
}

/** What the files of the redirect share, once MSAL's client is open. */
export interface OpenedContext extends RedirectContext {
  readonly clientId: string
  readonly shared: SharedClient
  readonly notes: Notes
  readonly calls: MsalCalls
  /**
   * Tells later whether the user has signed out since now, here or in another tab, even if somebody has signed in after that.
   *
   * @param signedOutAt - when somebody had signed out before. Default: as it is now
   */
  watchSignOut(signedOutAt?: number): () => boolean
}
