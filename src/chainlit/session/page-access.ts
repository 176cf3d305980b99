// Whether the page may call the server, and what the user is shown while it may not.

import type { AuthError } from '../twodoor.js'
import { createNotice, type Notice, type NoticeContext } from '../ui/notice.js'
import { createSlowSignIn } from '../ui/slow-sign-in.js'
import { type Barrier, createBarrier } from './barrier.js'
import { isAccountKey } from './session-requests.js'

export interface PageAccess extends Pick<Barrier, 'close' | 'whenOpen'>, Pick<Notice, 'explain'> {
  /** Holds back all calls while a sign-in or a renewal is under way. */
  hold(): void
  /** Lets all calls through, unless the session is of another account than before, or the page is closed for good. */
  admit(key: string): void
  /** Holds back all calls, and shows why. */
  refuse(error: AuthError): void
  /** As `refuse`, until the page is loaded again. */
  closeForGood(error: AuthError): void
  /** To be called with the user that the server names. Loads the page again if that is another account than before. */
  onUser(identifier: unknown): void
  /** Ends the socket too, and whatever is shown. */
  reload(): void
  /** Lets all calls through. */
  dispose(): void
}

export interface PageAccessContext extends NoticeContext {
  /** Aborted when the drop-in is removed. */
  readonly signal: AbortSignal
  /** Called where Chainlit's session cannot be used at all, and nothing that the user does can change that. */
  giveUp(reason: string): void
}

export function createPageAccess(context: PageAccessContext): PageAccess {
  const { window, panel, signal } = context
  const barrier = createBarrier()
  const notice = createNotice(context)
  const slowSignIn = createSlowSignIn({ panel, isFirst: () => user === undefined, onTimeout: refuse })
  /** Whose session the page has been using. */
  let user: string | undefined
  let isClosedForGood = false

  function refuse(error: AuthError): void {
    if (signal.aborted) return
    if (error.code === 'config_invalid' && error.phase === 'session') return void context.giveUp(error.message)
    slowSignIn.stop()
    barrier.close()
    notice.show(error)
  }

  function reload(): void {
    if (signal.aborted) return
    barrier.close()
    window.location.reload()
  }

  /** Chainlit holds the conversation of its first user: another one gets a new page. Returns whether it is another one. */
  function reloadForOther(key: string): boolean {
    user ??= key
    if (user !== key) reload()
    return user !== key
  }

  return {
    close: barrier.close,
    whenOpen: barrier.whenOpen,
    explain: notice.explain,
    hold() {
      if (signal.aborted) return
      barrier.close()
      slowSignIn.start()
    },
    admit(key) {
      if (isClosedForGood || reloadForOther(key)) return
      slowSignIn.stop()
      notice.hide()
      barrier.open()
    },
    refuse,
    closeForGood(error) {
      isClosedForGood = true
      refuse(error)
    },
    onUser(identifier) {
      if (isAccountKey(identifier)) reloadForOther(identifier)
    },
    reload,
    dispose() {
      slowSignIn.stop()
      notice.hide()
      barrier.open()
    },
  }
}
