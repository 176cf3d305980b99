import { globalOf } from './globals.js'
import { knownHosts } from './known-hosts.js'

/** Where the page runs, and how sure that is. */
export interface Host {
  /** `teams` is any host that speaks teams-js: Teams, Outlook, the Microsoft 365 app. */
  readonly kind: 'browser' | 'teams' | 'framed' | 'server'
  /** `false` where only an attempt to talk to the host can tell. Its outcome replaces this. */
  readonly certain: boolean
  /** The observations that led to `kind`, in words. */
  readonly reasons: readonly string[]
  /** What the host calls itself, `TeamsModern` or `Outlook` for example. */
  readonly name?: string
  /** `desktop`, `web`, `android`, `ios` and others. */
  readonly clientType?: string
  /** The theme of the host: `default`, `dark`, `contrast` or `glass`. */
  readonly theme?: string
  /** The language that its user has chosen there, as BCP 47 has it: `de-de`. */
  readonly locale?: string
  /** The `subPageId` of the deep link that opened the tab, as the host says. Anybody can make such a link. */
  readonly subPageId?: string
}

/** What the app knows of its hosts beforehand. */
export interface HostHints {
  /**
   * Skips detection.
   *
   * @default undefined
   */
  kind?: 'browser' | 'teams' | undefined
  /**
   * Origins of hosts beside Microsoft's own, for example a local emulator.
   *
   * @default []
   */
  origins?: readonly string[] | undefined
  /**
   * A query parameter that your app manifest puts into `contentUrl`: `inTeams`, or `host=teams`. Where a frame cannot
   * be told by its ancestors, the marker makes the parent worth a longer wait. It never makes a parent trusted.
   *
   * @default undefined
   */
  marker?: string | undefined
}

/**
 * Detects where the page runs: synchronously, from the window alone, without loading or asking anything.
 *
 * The answer says where to look for a token, not whom to trust: teams-js still checks the origin of every message.
 *
 * @param hints - what the app knows of its hosts beforehand
 * @param window - the window to look at. Default: the global one; `undefined` on a server
 *
 * @example
 * ```ts
 * if (detectHost().kind === 'teams') document.body.classList.add('in-teams')
 * ```
 */
export function detectHost(hints: HostHints = {}, window: Window | undefined = globalThis.window): Host {
  if (!window) return certainly('server', 'there is no window')
  if (hints.kind) return certainly(hints.kind, `\`host.kind\` says ${hints.kind}`)
  if (window.parent === window.self) return topLevelHost(window)
  return framedHost(hints, window)
}

/** Whether teams-js would trust this origin by its own list, or the app named it. */
export function isKnownHost(origin: string, extra: readonly string[] = []): boolean {
  if (extra.includes(origin)) return true
  if (!origin.startsWith('https://')) return false
  const host = origin.slice('https://'.length).toLowerCase()
  // A pattern has its star for the first label, and nowhere else.
  return knownHosts.includes(host) || knownHosts.includes(host.replace(/^[^.]+/, '*'))
}

function topLevelHost(window: Window): Host {
  // Teams on iOS and Android shows the page without a frame and talks over this object.
  if (globalOf(window, 'nativeInterface')) return certainly('teams', 'the page is top level and has `nativeInterface`')
  return certainly('browser', 'the page is top level')
}

function framedHost(hints: HostHints, window: Window): Host {
  const ancestors = window.location.ancestorOrigins as DOMStringList | undefined
  if (!ancestors) return hostOfUnknownParent(hints, window)
  const parent = ancestors[0] ?? 'null'
  if (isKnownHost(parent, hints.origins)) return certainly('teams', `the page is framed by ${parent}, a known host`)
  return certainly('framed', `the page is framed by ${parent}, not a known host`)
}

function hostOfUnknownParent({ marker }: HostHints, window: Window): Host {
  const found = certainly('teams', 'the page is framed', 'by whom is unknown')
  if (!hasMarker(window.location.search, marker)) return { ...found, certain: false }
  return certainly('teams', ...found.reasons, `the URL has the marker \`${marker}\``)
}

function hasMarker(search: string, marker: string | undefined): boolean {
  if (!marker) return false
  const [name = '', value] = marker.split(/=(.*)/s)
  const found = new URLSearchParams(search).get(name)
  return found !== null && (value === undefined || found === value)
}

function certainly(kind: Host['kind'], ...reasons: readonly string[]): Host {
  return { kind, certain: true, reasons }
}
