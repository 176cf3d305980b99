import { globalOf } from '../../page/globals.js'
import type { Host } from '../../page/host.js'
import { knownHosts } from '../../page/known-hosts.js'
import { withDeadline } from '../../shared/deadline.js'
import { type AccessToken, type AroundHost, isRefusal, type Refusal } from '../source.js'

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
  /** Called with what the host says about itself, and at every change of the theme. */
  onHostKnown(host: Pick<Host, 'name' | 'clientType' | 'theme' | 'locale' | 'subPageId'>): void
}

/** A message of the host: on a phone it has no source. */
type HostEvent = Pick<MessageEvent, 'data'> & { readonly source?: MessageEventSource | null }

/** What teams-js puts on the window where there is no frame, and the shell of the phone calls. */
interface PhoneWindow {
  onNativeMessage?: ((event: HostEvent) => void) | undefined
}

/** A host that has answered `initialize`. */
export interface ConnectedHost {
  /** Whether nested app auth can work: the host recommends it, and the bridge is there. */
  canNest(): boolean
  /** Hides the loading indicator of the host, or shows its error page if a developer or administrator has to act. */
  reportStart(answer: AccessToken | Refusal): void
  dispose(): void
}

/**
 * Initializes teams-js and asks the host about itself.
 *
 * Resolves with `undefined` once `deadlineMs` have passed; a host that answers later goes to `onLate`. Nothing of teams-js
 * may be called after a failed `initialize`: such calls never settle.
 */
export async function connectToHost(
  context: ConnectContext,
  deadlineMs: number,
  onLate: (connected: ConnectedHost) => void,
): Promise<ConnectedHost | undefined> {
  const { library, origins, aroundHost = (call) => call() } = context
  // The list of an older teams-js is shorter than ours, which is a copy of the newest one's.
  const known = knownHosts.map((host) => `https://${host}`)
  const connecting = aroundHost(() => library.app.initialize([...known, ...origins])).then(() =>
    aroundHost(() => useHost(context)),
  )
  return withDeadline<ConnectedHost | undefined>(connecting, deadlineMs, () => undefined, {
    onLate: (connected) => connected && onLate(connected),
  })
}

function useHost({ library, window, notifyLoaded, onHostKnown }: ConnectContext): ConnectedHost {
  const { app } = library
  let disposed = false
  let reported = !notifyLoaded
  const timer = setTimeout(reportStart, NOTIFY_DEADLINE_MS)

  // Beside teams-js, whose one place for a handler of themes is the app's. It has checked the origin of the parent: one of another
  // origin would be another page, and this frame would be gone.
  const { parent } = window
  const phone: PhoneWindow = window as object
  const toTeamsJs = globalOf<PhoneWindow['onNativeMessage']>(window, 'onNativeMessage')

  function hear({ source = parent, data }: HostEvent): void {
    const [theme] = (data?.func === 'themeChange' && data.args) || []
    if (source === parent && typeof theme === 'string' && !disposed) onHostKnown({ theme })
  }

  function hearToo(event: HostEvent): void {
    toTeamsJs?.(event)
    hear(event)
  }

  function reportStart(answer?: AccessToken | Refusal): void {
    clearTimeout(timer)
    if (reported || disposed) return
    reported = true
    ignoreFailure(() =>
      isMisconfigured(answer)
        ? app.notifyFailure({ reason: 'AuthFailed' as never, message: 'The app is not configured for single sign-on.' })
        : app.notifySuccess(),
    )
  }

  async function describeHost(): Promise<void> {
    const { app: info, page } = await app.getContext()
    const { host, theme, locale } = info
    // An older teams-js has no page.
    const subPageId = page?.subPageId
    const { name, clientType } = host
    if (!disposed) onHostKnown({ name, clientType, theme, locale, ...(subPageId && { subPageId }) })
  }

  if (toTeamsJs) phone.onNativeMessage = hearToo
  else window.addEventListener('message', hear)
  // A host sends them to who has registered, and the public function for that takes the place of the app's handler.
  ignoreFailure(() => library.sendCustomMessage?.('registerHandler', ['themeChange']))
  ignoreFailure(describeHost)
  if (notifyLoaded) ignoreFailure(() => app.notifyAppLoaded())

  return {
    // The host can recommend nested app auth and still not offer the bridge, for example Outlook on the web
    // (AzureAD/microsoft-authentication-library-for-js#7723). MSAL then silently becomes an ordinary client.
    canNest: () => !!globalOf(window, 'nestedAppAuthBridge') && isNestingRecommended(library),
    reportStart,
    dispose() {
      disposed = true
      clearTimeout(timer)
      window.removeEventListener('message', hear)
      if (phone.onNativeMessage === hearToo) phone.onNativeMessage = toTeamsJs
    },
  }
}

function isMisconfigured(answer: AccessToken | Refusal | undefined): boolean {
  if (!answer || !isRefusal(answer) || answer.retryable) return false
  return answer.refused === 'host_refused' || answer.refused === 'config_invalid'
}

/** The copy of teams-js that the page has can be older than nested app auth. */
function isNestingRecommended({ nestedAppAuth }: TeamsLibrary): boolean {
  try {
    return nestedAppAuth.isNAAChannelRecommended()
  } catch {
    return false
  }
}

/** For calls that nothing depends on: the host may refuse or never answer, and an older teams-js may throw at once. */
function ignoreFailure(call: () => unknown): void {
  const settled = async () => call()
  settled().catch(() => {})
}
