// What is wrong: the user reads it on the panel, the developer in the console and in `explain()`.

import type { Auth, AuthError, AuthOptions, Explanation, Host } from '../twodoor.js'
import { adminConsentUrlOf, logTextOf, type PanelActions, panelContentOf } from './failure-texts.js'
import type { Panel } from './panel.js'

export interface Notice {
  show(
    error: AuthError,
    auth: Auth | undefined,
    signInActions: Pick<PanelActions, 'signIn' | 'switchAccount' | 'tryAgain'>,
  ): void
  hide(): void
  /** What the sign-in says of itself, with the error that is shown. `undefined` while there is neither. */
  explain(auth: Auth | undefined): Explanation | undefined
}

export interface NoticeContext {
  readonly window: Window & Pick<typeof globalThis, 'console'>
  readonly options: AuthOptions
  readonly panel: Panel
  readonly host: Host
}

export function createNotice({ window, options, panel, host }: NoticeContext): Notice {
  let shown: AuthError | undefined

  return {
    show(error, auth, signInActions) {
      shown = error
      const { location } = window
      const actions = {
        ...signInActions,
        reload: () => location.reload(),
        pageUrl: location.href,
        adminConsentUrl: adminConsentUrlOf(options),
      }
      const state = auth?.state
      panel.show((texts) => panelContentOf(texts, error, state, actions))
      const text = logTextOf(error)
      if (text) window.console.error(text)
    },
    hide() {
      shown = undefined
      panel.hide()
    },
    explain(auth) {
      const known: Explanation | undefined = auth?.explain() ?? (shown && { host, status: 'failed' })
      if (!known || !shown) return known
      const { code, phase, message, remedy, retryable } = shown
      return { ...known, lastError: { code, phase, message, remedy, retryable } }
    },
  }
}
