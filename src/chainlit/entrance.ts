// The way in: who signs in, when Chainlit may call its server, and what happens when its session has ended.

import type { Auth } from '../auth.js'
import { createAuthIn } from '../auth.js'
import { createAsk } from '../carriers/session/ask.js'
import { type KeptSession, keep, type SessionInfo } from '../carriers/session/keep.js'
import { isUnauthorized } from '../carriers/session/requests.js'
import { withDeadline } from '../deadline.js'
import { AuthError, isAuthError } from '../errors.js'
import type { Explanation } from '../explain.js'
import type { Host } from '../host.js'
import { linkOf } from '../link.js'
import type { AuthOptions } from '../options.js'
import type { AroundHost } from '../sources/source.js'
import { framedBy } from './failure.js'
import { createGate } from './gate.js'
import { createNotice } from './notice.js'
import type { ChainlitPage } from './page.js'
import type { Panel } from './panel.js'
import { createChainlitRequests } from './requests.js'
import { watchSignOuts } from './sign-out.js'

export interface Entrance {
  /** The sign-in, once something has asked for one. */
  readonly auth: Auth | undefined
  /** Whether the user has signed out, here or in another tab, and not come back since. */
  isSignedOut(): boolean
  /** Begins to sign in, and lets nobody through until that is done. */
  open(): void
  /** Settles once the page may call the server. */
  admitted(): Promise<void>
  /** Gets a new session for a call that found the old one ended, unless there has been a new one since it began. */
  renew(since: number): Promise<void>
  /**
   * Makes sure that the session is alive, before something that could not be done again.
   *
   * @param doubted - do not go by what is known
   */
  prove(doubted?: boolean): Promise<void>
  /** Takes note that the server knows the session, and, where it told, whose that is. */
  proven(identifier?: unknown): void
  /** An answer of `/user` that nobody has taken yet. */
  takeUser(): Response | undefined
  /** Signs out, after Chainlit has. */
  leave(): Promise<void>
  /** Lets nobody through any more, whatever becomes of the session, and says why. The page has to be loaded anew. */
  refuse(error: AuthError): void
  /** That of the sign-in, with what stands in the way. */
  explain(): Explanation | undefined
  close(): void
}

export interface EntranceContext {
  readonly window: Window
  readonly page: ChainlitPage
  readonly host: Host
  readonly options: AuthOptions
  readonly fetch: typeof fetch
  readonly panel: Panel
  readonly aroundHost: AroundHost
  now(): number
  /** Hears everything that becomes known of the host. */
  described(host: Host): void
  /** Tells whoever runs the app. */
  complain(what: string): void
  /** Chainlit cannot be entered this way, and nothing that a user does can change that. */
  givenUp(reason: string): void
}

/** Longer than a silent host is given: then a person is told. */
const PATIENCE_MS = 35_000
/** A person who waits longer than this for the first time is told what for. */
const SILENCE_MS = 2_000
/** A proof is good for one connection, and not for longer than this: the first, or the one after a new session. */
const PROOF_MS = 10_000
/** A sign-out has its mark by then. What is left of it must not keep the page. */
const SIGN_OUT_MS = 5_000

export function createEntrance(context: EntranceContext): Entrance {
  const { window, page, options, panel, now } = context
  const gate = createGate()
  const notice = createNotice(context)
  const framed = window.parent !== window.self
  const ask = createAsk({ framed, fetch: context.fetch, isOffline: () => window.navigator.onLine === false })
  const accountKey = () => (auth?.state.status === 'signed-in' ? auth.state.account.key : undefined)
  const requests = createChainlitRequests({ page, ask, accountKey, begun, complain: context.complain, now })
  const closed = new AbortController()
  let auth: Auth | undefined
  let session: KeptSession | undefined
  /** Whose session the page has been using. */
  let usedBy: string | undefined
  let renewedAt = 0
  let provenAt = 0
  let hasConnected = false
  let patience: ReturnType<typeof setTimeout> | undefined
  let isLeaving = false
  /** Nobody comes in until the page is loaded anew. */
  let isShut = false
  const signOuts = watchSignOuts(window, options.clientId.toLowerCase(), (stands) => void leave(stands))

  function open(autoSignIn = options.autoSignIn): Auth | undefined {
    if (auth || closed.signal.aborted) return auth
    if (context.host.kind === 'framed') return void refuse(framedBy(context.host))
    hold()
    auth = createAuthIn({ ...options, autoSignIn }, { aroundHost: context.aroundHost })
    const opened = auth
    opened.subscribe(({ host }) => context.described(host))
    signOuts.follow(opened)
    session = keep({
      ...{ provider: opened, auth: opened, link: linkOf(opened), requests, now, concluded },
      cookieAttributes: framed ? 'Secure; SameSite=None; Partitioned' : 'Path=/; SameSite=Lax',
    })
    return opened
  }

  // What came of it.

  function concluded(result: SessionInfo | AuthError): void {
    if (closed.signal.aborted) return
    if (!('key' in result)) refuse(result)
    else if (auth?.state.host.kind === 'framed') refuse(framedBy(auth.state.host))
    else admit(result.key)
  }

  /** Chainlit holds the conversation of whoever was there first: for another one the page begins anew. */
  function isStillOf(key: string): boolean {
    usedBy ??= key
    if (usedBy !== key) leavePage()
    return usedBy === key
  }

  function admit(key: string): void {
    // A session is no answer to what keeps the page out for good.
    if (isShut || !isStillOf(key)) return
    clearTimeout(patience)
    notice.hide()
    gate.open()
  }

  function refuse(error: AuthError): void {
    if (closed.signal.aborted) return
    if (error.code === 'config_invalid' && error.phase === 'session') return void context.givenUp(error.message)
    clearTimeout(patience)
    gate.close()
    notice.show(error, auth, { signIn, tryAgain })
  }

  function hold(): void {
    if (closed.signal.aborted) return
    gate.close()
    clearTimeout(patience)
    const tooLong = new AuthError('timed_out', { phase: 'session', message: 'Signing in takes too long.' })
    const breakSilence = () => {
      patience = setTimeout(() => refuse(tooLong), PATIENCE_MS - SILENCE_MS)
      // Later on there is a conversation to read.
      if (usedBy === undefined) panel.show({ title: 'Signing in …', text: '' })
    }
    patience = setTimeout(breakSilence, SILENCE_MS)
  }

  /** Ends the socket too, and whatever is shown. */
  function leavePage(): void {
    if (closed.signal.aborted) return
    gate.close()
    window.location.reload()
  }

  /** The page begins anew, and ends what the mark of the sign-out finds of a session, before anything else. */
  async function leave(stands = true): Promise<void> {
    if (isLeaving) return
    isLeaving = true
    gate.close()
    const signedOut = stands ? open('never')?.signOut() : undefined
    await withDeadline(Promise.resolve(signedOut), SIGN_OUT_MS, () => undefined).catch(() => {})
    leavePage()
  }

  // What a person does about it.

  function signIn(): void {
    auth?.signIn().catch(told)
  }

  function tryAgain(): void {
    if (auth?.state.status === 'starting') window.location.reload()
    else if (auth?.state.status === 'signed-in') session?.renew().catch(told)
    else signIn()
  }

  /** What is not told by the session itself. */
  function told(error: unknown): void {
    if (isAuthError(error)) refuse(error)
  }

  // What Chainlit's calls wait for.

  async function renew(since: number): Promise<void> {
    if (since <= renewedAt || closed.signal.aborted) return gate.passed()
    if (!session) open()
    else {
      hold()
      session.renew().catch(told)
    }
    return gate.passed()
  }

  /** Whoever cannot be asked is left to find out: a server that is down, for one. */
  async function prove(doubted = false): Promise<void> {
    await gate.passed()
    const isProven = !doubted && now() - provenAt <= PROOF_MS
    provenAt = 0
    hasConnected = true
    if (isProven || closed.signal.aborted) return
    const began = now()
    const found = await requests.probe(closed.signal).catch(() => undefined)
    if (found && isUnauthorized(found)) await renew(began)
    else if (found?.key?.startsWith('entra:')) isStillOf(found.key)
    // Whoever doubted has a connection to make yet.
    if (!doubted) provenAt = 0
  }

  function begun(): void {
    renewedAt = now()
    provenAt = now()
  }

  function proven(identifier?: unknown): void {
    if (!hasConnected) provenAt = now()
    if (typeof identifier === 'string' && identifier.startsWith('entra:')) isStillOf(identifier)
  }

  return {
    get auth() {
      return auth
    },
    open: () => void open(),
    admitted: gate.passed,
    ...{ renew, prove, proven },
    takeUser: requests.takeUser,
    isSignedOut: signOuts.isSignedOut,
    leave,
    refuse(error) {
      isShut = true
      refuse(error)
    },
    explain: () => notice.explain(auth),
    close() {
      signOuts.undo()
      clearTimeout(patience)
      closed.abort(new AuthError('disposed', { phase: 'session' }))
      session?.stop()
      auth?.dispose()
      notice.hide()
      gate.open()
    },
  }
}
