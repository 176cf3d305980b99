// SSO, nested app auth or redirect: decides which, and loads only what that way needs. The one place with dynamic imports.

import { withDeadline } from '../deadline.js'
import type { AuthEvent } from '../events.js'
import type { Host } from '../host.js'
import type { Settings } from '../options.js'
import { scopeKey } from '../scopes.js'
import type { Nested } from './msal/nested.js'
import type { Redirect } from './msal/redirect.js'
import type { SignedOutMark } from './signed-out.js'
import {
  type AccessToken,
  isRefusal,
  type Refusal,
  type SignInRequest,
  type SourceKind,
  type TokenRequest,
  type TokenSource,
} from './source.js'
import type { Connection, TeamsLibrary } from './teams/connection.js'
import type { Sso } from './teams/sso.js'

/** Real hosts take longer than 5 s under load (OfficeDev/microsoft-teams-library-js#2590). */
const CERTAIN_HOST_DEADLINE_MS = 30_000
/** Where only trying can tell, a person waits for this. */
const UNCERTAIN_HOST_DEADLINE_MS = 5_000
const LOAD_DEADLINE_MS = 30_000

export interface SourceContext {
  readonly settings: Settings
  readonly window: Window
  readonly host: Host
  readonly nativeFetch: typeof fetch
  readonly response: string | undefined
  readonly mark: SignedOutMark
  now(): number
  emit(event: AuthEvent): void
  /** Hears what became known of the host. */
  described(host: Partial<Host>): void
  /** Takes a token for `AuthOptions.scopes` that came later than anybody waited for. */
  arrived(token: AccessToken): void
}

const NOBODY: Refusal = { refused: 'sign_in_required', nobody: true }

/** The way that tokens come in once the host is settled. */
type Way = Sso | Nested | Redirect

export function chooseSource(context: SourceContext): TokenSource {
  const { settings, window, host } = context
  let connection: Connection | undefined
  let connecting: Promise<Connection | Refusal> | undefined
  let kind: SourceKind | undefined
  let ssoRefused = false
  let disposed = false
  const once = createOnce()

  const openRedirect = () =>
    once<Redirect>('redirect', async () => {
      const parts = await loaded(() => Promise.all([import('./msal/library.js'), import('./msal/door.js')]))
      if ('refused' in parts) return parts
      const [library, door] = parts
      return door.openRedirect({ ...context, library })
    })

  const openNested = () =>
    once<Nested>('nested', async () => {
      const parts = await loaded(() => Promise.all([import('./msal/library.js'), import('./msal/door.js')]))
      if ('refused' in parts) return parts
      const [library, door] = parts
      const arrived = (token: AccessToken, scopes: readonly string[]) => {
        if (isOwn(scopes)) context.arrived(token)
      }
      return door.openNested({ ...context, library, arrived })
    })

  const openSso = () =>
    once<Sso>('sso', async () => {
      const parts = await loadTeams()
      if ('refused' in parts) return parts
      return parts.door.createSso(parts.library, settings.scopes, context.arrived)
    })

  async function loadTeams() {
    // Two copies of teams-js in a page take each other's answers where a host leaves out the uuid.
    const existing = (window as { microsoftTeams?: TeamsLibrary }).microsoftTeams
    const parts = await loaded(() =>
      Promise.all([existing?.app ? existing : import('./teams/library.js'), import('./teams/door.js')]),
    )
    return 'refused' in parts ? parts : { library: parts[0], door: parts[1] }
  }

  /** The host, once it answered. A host that answers too late is adopted: it gives the token then. */
  async function connectHost(): Promise<Connection | Refusal> {
    const parts = await loadTeams()
    if ('refused' in parts) return parts
    const { library, door } = parts
    const deadlineMs = host.certain ? CERTAIN_HOST_DEADLINE_MS : UNCERTAIN_HOST_DEADLINE_MS
    const { origins } = settings.host
    try {
      const connect = { ...context, library, origins, notifyLoaded: settings.notifyLoaded }
      return (await door.connect(connect, deadlineMs, adoptLateHost)) ?? { refused: 'host_timeout' }
    } catch (cause) {
      return { refused: 'host_timeout', cause }
    }
  }

  async function adoptLateHost(late: Connection): Promise<void> {
    if (disposed) return late.dispose()
    connection = late
    connecting = Promise.resolve(late)
    context.described({ kind: 'teams', certain: true, reasons: [...host.reasons, 'the host answered late'] })
    const answer = await acquire({ scopes: settings.scopes, fresh: false })
    settleHost(answer)
    if (!isRefusal(answer)) context.arrived(answer)
  }

  async function start({ greet }: { greet: boolean }): Promise<AccessToken | Refusal> {
    if (host.kind !== 'teams') return greet ? NOBODY : startRedirect(host.kind)
    connecting ??= connectHost()
    const connected = await connecting
    if ('refused' in connected) {
      if (!connection) connecting = undefined
      return host.certain || greet ? connected : startFramed(connected)
    }
    if (disposed) connected.dispose()
    connection = connected
    context.described({ certain: true, reasons: [...host.reasons, 'the host answered'] })
    const answer = greet ? NOBODY : await acquire({ scopes: settings.scopes, fresh: false })
    settleHost(answer)
    return answer
  }

  function startFramed({ cause }: Refusal): Promise<AccessToken | Refusal> {
    const reasons = [...host.reasons, 'the parent did not answer like a Microsoft 365 host']
    context.described({ kind: 'framed', certain: true, reasons })
    return startRedirect('framed', cause)
  }

  /** Also in a foreign frame: an account that MSAL still holds gives tokens there, only nobody can sign in. */
  async function startRedirect(where: Host['kind'], cause?: unknown): Promise<AccessToken | Refusal> {
    kind = 'redirect'
    const way = await openRedirect()
    if ('refused' in way) return way
    const answer = await way.start()
    const nobodyFramed = where === 'framed' && isRefusal(answer) && answer.refused === 'sign_in_required'
    return nobodyFramed ? { refused: 'framed', cause } : answer
  }

  /** The indicator of the host goes away. Its error page is for what only a developer or administrator can mend. */
  function settleHost(answer: AccessToken | Refusal): void {
    const broken = isRefusal(answer) && (answer.refused === 'host_refused' || answer.refused === 'config_invalid')
    connection?.settled(broken ? 'The app is not configured for single sign-on.' : undefined)
  }

  async function acquire(request: TokenRequest): Promise<AccessToken | Refusal> {
    if (!connection) return withWay(openRedirect, (way) => way.acquire(request))
    if (takesNested(request.scopes)) return withWay(openNested, (way) => way.acquire(request), 'nested')
    const answer = await withWay(openSso, (way) => way.acquire(request), 'teams-sso')
    if (!isRefusal(answer) || answer.refused !== 'host_refused' || !mayNest()) return answer
    // The manifest names no API for SSO, but the host brokers tokens: that needs a redirect URI only.
    const nested = await withWay(openNested, (way) => way.acquire(request), 'nested')
    if (isRefusal(nested) && nested.refused === 'host_refused') return answer
    ssoRefused = true
    return nested
  }

  async function signIn(request: SignInRequest): Promise<AccessToken | Refusal> {
    if (host.kind === 'teams' && !connection && kind !== 'redirect') {
      const started = await start({ greet: false })
      if (!connection) return started
    }
    if (!connection) return withWay(openRedirect, (way) => way.signIn(request))
    if (takesNested(request.scopes)) return withWay(openNested, (way) => way.signIn(request), 'nested')
    return withWay(openSso, (way) => way.signIn(request), 'teams-sso')
  }

  async function withWay<W extends Way, T>(
    open: () => Promise<W | Refusal>,
    use: (way: W) => Promise<T>,
    as?: SourceKind,
  ) {
    if (as) kind = as
    const way = await open()
    return 'refused' in way ? way : use(way)
  }

  const isOwn = (scopes: readonly string[]) => scopeKey(scopes) === scopeKey(settings.scopes)
  const mayNest = () => settings.method === 'auto' && connection?.canNest() === true

  function takesNested(scopes: readonly string[]): boolean {
    if (settings.method === 'sso') return false
    return settings.method === 'nested' || ssoRefused || !isOwn(scopes)
  }

  async function signOut(options: { entra: boolean }): Promise<Refusal | undefined> {
    if (host.kind !== 'teams') return withWay(openRedirect, (way) => way.signOut(options))
    if (!options.entra) return undefined
    return { refused: 'unsupported', message: 'A page in Teams cannot end the session at Entra ID.' }
  }

  return {
    get kind() {
      return kind
    },
    start,
    acquire,
    signIn,
    signOut,
    dispose() {
      disposed = true
      connection?.dispose()
    },
  }
}

/** Opens each way once, and again only where that was refused. */
function createOnce() {
  const opened = new Map<string, Promise<unknown>>()
  return function once<W extends object>(name: string, open: () => Promise<W | Refusal>): Promise<W | Refusal> {
    const known = opened.get(name) as Promise<W | Refusal> | undefined
    if (known !== undefined) return known
    const opening = open().then((way) => {
      if ('refused' in way) opened.delete(name)
      return way
    })
    opened.set(name, opening)
    return opening
  }
}

/** Runs dynamic imports with a deadline. A part that fails to load is tried again with the next call. */
async function loaded<T extends object>(load: () => Promise<T>): Promise<T | Refusal> {
  const failed = (cause?: unknown): Refusal => ({
    refused: 'unavailable',
    message: 'A part of twodoor could not be loaded.',
    cause,
  })
  return withDeadline<T | Refusal>(load().catch(failed), LOAD_DEADLINE_MS, failed)
}
