import { globalOf } from '../../page/globals.js'
import type { Host } from '../../page/host.js'
import { withDeadline } from '../../shared/deadline.js'
import type { AroundHost } from '../source.js'

/** Teams shows an error page if it hears nothing for 30 s (Microsoft Learn, "Show a native loading indicator"). */
const NOTIFY_DEADLINE_MS = 20_000

export type TeamsLibrary = typeof import('./library.js')

export interface ConnectContext {
  readonly library: TeamsLibrary
  readonly window: Window
  /** Origins of hosts beside those that teams-js trusts by itself. */
  readonly origins: readonly string[]
  readonly notifyLoaded: boolean
  readonly aroundHost?: AroundHost
  /** Hears what the host says of itself, and every change of the theme. */
  described(host: Pick<Host, 'name' | 'clientType' | 'theme' | 'subPageId'>): void
}

/** A host that has answered `initialize`. */
export interface Connection {
  /** Whether nested app auth can work: the host recommends it, and the bridge is there. */
  canNest(): boolean
  /** Tells the host how the start went: its loading indicator, or its error page with this reason. */
  settled(failure: string | undefined): void
  dispose(): void
}

/**
 * Initializes teams-js and describes the host.
 *
 * Answers `undefined` once `deadlineMs` have passed; a host that answers later goes to `late`. Nothing of teams-js may
 * be called after a failed `initialize`: such calls never settle.
 */
export async function connect(
  context: ConnectContext,
  deadlineMs: number,
  late: (connection: Connection) => void,
): Promise<Connection | undefined> {
  const { library, origins, aroundHost = (call) => call() } = context
  const opening = aroundHost(() => library.app.initialize([...origins])).then(() => openConnection(context))
  return withDeadline<Connection | undefined>(
    opening,
    deadlineMs,
    () => undefined,
    (connection) => connection && late(connection),
  )
}

function openConnection({ library, window, notifyLoaded, described }: ConnectContext): Connection {
  const { app } = library
  let disposed = false
  let told = !notifyLoaded
  const timer = setTimeout(() => tell(undefined), NOTIFY_DEADLINE_MS)

  function tell(failure: string | undefined): void {
    clearTimeout(timer)
    if (told || disposed) return
    told = true
    if (failure === undefined) attempt(() => app.notifySuccess())
    else attempt(() => app.notifyFailure({ reason: 'AuthFailed' as never, message: failure }))
  }

  async function describe(): Promise<void> {
    const { app: about, page } = await app.getContext()
    const { host, theme } = about
    // An older teams-js knows no page.
    const subPageId = page?.subPageId
    if (!disposed) described({ name: host.name, clientType: host.clientType, theme, ...(subPageId && { subPageId }) })
  }

  attempt(() =>
    app.registerOnThemeChangeHandler((theme) => {
      if (!disposed) described({ theme })
    }),
  )
  attempt(describe)
  if (notifyLoaded) attempt(() => app.notifyAppLoaded())

  return {
    // The host can recommend nested app auth and still not offer the bridge, for example Outlook on the web
    // (AzureAD/microsoft-authentication-library-for-js#7723). MSAL then silently becomes an ordinary client.
    canNest: () => !!globalOf(window, 'nestedAppAuthBridge') && isNestingRecommended(library),
    settled: tell,
    dispose() {
      disposed = true
      clearTimeout(timer)
    },
  }
}

/** The copy of teams-js that the page has can be older than nested app auth. */
function isNestingRecommended({ nestedAppAuth }: TeamsLibrary): boolean {
  try {
    return nestedAppAuth.isNAAChannelRecommended()
  } catch {
    return false
  }
}

/** For what nobody waits for: the host may refuse it or never answer, and an older teams-js may throw at once. */
function attempt(call: () => unknown): void {
  const answer = async () => call()
  answer().catch(() => {})
}
