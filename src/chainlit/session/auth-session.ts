// The sign-in of the page, and Chainlit's session that is kept for it.

import {
  type AroundHost,
  type Auth,
  type AuthError,
  type AuthOptions,
  createAuthWith,
  type Host,
  internalsOf,
  isAuthError,
  type KeptSession,
  keep,
  type SessionInfo,
  type SessionRequests,
} from '../twodoor.js'
import { framedError } from '../ui/failure-texts.js'
import type { NoticeActions } from '../ui/notice.js'
import type { PageAccess } from './page-access.js'

export interface AuthSession extends NoticeActions {
  /** `undefined` until one has been needed. */
  readonly auth: Auth | undefined
  /** Starts the sign-in. The second time it only returns it. `undefined` where there can be none. */
  open(autoSignIn?: AuthOptions['autoSignIn']): Auth | undefined
  /** Renews the session, or starts the sign-in. */
  renewOrOpen(): void
  dispose(): void
}

export interface AuthSessionContext {
  readonly window: Window
  readonly host: Host
  readonly options: AuthOptions
  readonly requests: SessionRequests
  readonly access: Pick<PageAccess, 'hold' | 'admit' | 'refuse'>
  readonly aroundHost: AroundHost
  /** Aborted when the drop-in is removed. */
  readonly signal: AbortSignal
  now(): number
  /** Called with the sign-in when it has been started. */
  onOpen(auth: Auth): void
}

export function createAuthSession(context: AuthSessionContext): AuthSession {
  const { window, host, options, requests, access, aroundHost, signal, now } = context
  let auth: Auth | undefined
  let session: KeptSession | undefined

  function open(autoSignIn = options.autoSignIn): Auth | undefined {
    if (auth || signal.aborted) return auth
    if (host.kind === 'framed') return void access.refuse(framedError(host))
    access.hold()
    const opened = createAuthWith({ ...options, autoSignIn }, { aroundHost })
    auth = opened
    context.onOpen(opened)
    session = keep({
      provider: opened,
      auth: opened,
      link: internalsOf(opened),
      requests,
      now,
      concluded,
      cookieAttributes: window.parent === window.self ? 'Path=/; SameSite=Lax' : 'Secure; SameSite=None; Partitioned',
    })
    return opened
  }

  function concluded(result: SessionInfo | AuthError): void {
    if (signal.aborted) return
    if (!('key' in result)) access.refuse(result)
    else if (auth?.state.host.kind === 'framed') access.refuse(framedError(auth.state.host))
    else access.admit(result.key)
  }

  function signIn(): void {
    auth?.signIn().catch(refuse)
  }

  function refuse(error: unknown): void {
    if (isAuthError(error)) access.refuse(error)
  }

  return {
    get auth() {
      return auth
    },
    open,
    renewOrOpen() {
      if (!session) return void open()
      access.hold()
      session.renew().catch(refuse)
    },
    signIn,
    tryAgain() {
      if (auth?.state.status === 'starting') window.location.reload()
      else if (auth?.state.status === 'signed-in') session?.renew().catch(refuse)
      else signIn()
    },
    dispose() {
      session?.stop()
      auth?.dispose()
    },
  }
}
