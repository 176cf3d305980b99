// What stands in the way: told to whoever uses the app by the panel, to whoever runs it in the console and by `explain()`.

import type { Auth, AuthError, AuthOptions, Explanation, Host } from '../twodoor.js'
import { adminConsentOf, complaintOf, contentOf, type Ways } from './failure-texts.js'
import type { Panel } from './panel.js'

export interface Notice {
  show(error: AuthError, auth: Auth | undefined, ways: Pick<Ways, 'signIn' | 'tryAgain'>): void
  hide(): void
  /** What the sign-in says of itself, with what stands in the way. `undefined` while there is neither. */
  explain(auth: Auth | undefined): Explanation | undefined
}

export interface NoticeContext {
  readonly window: Window
  readonly options: AuthOptions
  readonly panel: Panel
  readonly host: Host
  /** Writes to the console. */
  complain(what: string): void
}

export function createNotice({ window, options, panel, host, complain }: NoticeContext): Notice {
  let shown: AuthError | undefined

  return {
    show(error, auth, ways) {
      shown = error
      const { location } = window
      const others = { reload: () => location.reload(), here: location.href, adminConsent: adminConsentOf(options) }
      panel.show(contentOf(error, auth?.state, { ...ways, ...others }))
      const complaint = complaintOf(error)
      if (complaint) complain(complaint)
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
