// What is wrong: the user reads it on the panel, the developer in the console and in `explain()`.

import type { Auth, AuthError, AuthOptions, Explanation, Host } from '../twodoor.js'
import { adminConsentUrlOf, logTextOf, type PanelActions, panelContentOf } from './failure-texts.js'
import type { Panel } from './panel.js'

export interface Notice {
  show(error: AuthError): void
  hide(): void
  /** What the sign-in says of itself, with the error that is shown. `undefined` while there is neither. */
  explain(): Explanation | undefined
}

/** What the buttons do that need a sign-in. */
export type NoticeActions = Pick<PanelActions, 'signIn' | 'tryAgain'>

export interface NoticeContext extends NoticeActions {
  readonly window: Window
  readonly options: AuthOptions
  readonly panel: Panel
  readonly host: Host
  auth(): Auth | undefined
  /** Writes to the console. */
  logError(message: string): void
}

export function createNotice(context: NoticeContext): Notice {
  const { window, options, panel, host, signIn, tryAgain, auth, logError } = context
  let shown: AuthError | undefined

  return {
    show(error) {
      shown = error
      const { location } = window
      const actions = {
        signIn,
        tryAgain,
        reload: () => location.reload(),
        pageUrl: location.href,
        adminConsentUrl: adminConsentUrlOf(options),
      }
      panel.show(panelContentOf(error, auth()?.state, actions))
      const text = logTextOf(error)
      if (text) logError(text)
    },
    hide() {
      shown = undefined
      panel.hide()
    },
    explain() {
      const known: Explanation | undefined = auth()?.explain() ?? (shown && { host, status: 'failed' })
      if (!known || !shown) return known
      const { code, phase, message, remedy, retryable } = shown
      return { ...known, lastError: { code, phase, message, remedy, retryable } }
    },
  }
}
