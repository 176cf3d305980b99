import type { TabFunction } from './functions.js'
import type { TeamsSettings, TeamsSettingsChanges } from './settings.js'
import { type Handler, type HostAnswer, nonEmptyText, recordOf } from './wire.js'

/** Where pages are shown. */
export interface Screen {
  /** The page of the app, as far as the host knows it. */
  contentUrl(): string
  /** Shows another page of the app in its place. Whether it may be shown there. */
  showPage(url: string): boolean
  /** Opens a web page beside the host. Whether it could. */
  openLink(url: string): boolean
}

export interface TabContext {
  readonly screen: Screen
  settings(): TeamsSettings
  set(changes: TeamsSettingsChanges): void
}

/** The only tab of this host has a fixed ID. */
const TAB_ID = 'emulated-tab'
const DONE: HostAnswer = [true]
/** teams-js has its own words for what the host gives no reason for. */
const NO_REASON: HostAnswer = [false]
const NO_LINK: HostAnswer = [false, 'Not a link that the emulated host opens.']
const NO_WINDOW: HostAnswer = [false, 'The browser has blocked the window.']
const NO_SUCH_APP: HostAnswer = [
  false,
  'The emulated host has no other app. `context.appId` is the ID of the one it shows.',
]
const NO_PAGE: HostAnswer = [false, 'A configuration needs the address of its page as `contentUrl`.']

/** What `pages`, `pages.tabs`, `pages.config` and `app.openLink` come to: there is one tab, which shows one app. */
export function createTab({ screen, settings, set }: TabContext): Record<TabFunction, Handler> {
  let configured: Readonly<Record<string, unknown>> = {}

  function config(): Readonly<Record<string, unknown>> {
    const { entityId } = shownPageOf(settings())
    const contentUrl = screen.contentUrl()
    return { entityId, contentUrl, websiteUrl: contentUrl, suggestedDisplayName: 'Emulated tab', ...configured }
  }

  function configure(given: unknown): HostAnswer {
    const changes = recordOf(given)
    if (!nonEmptyText(changes['contentUrl'])) return NO_PAGE
    configured = changes
    return DONE
  }

  function tabs(): HostAnswer {
    const { suggestedDisplayName: tabName, entityId, contentUrl: url, websiteUrl } = config()
    return [{ teamTabs: [{ tabName, internalTabInstanceId: TAB_ID, entityId, url, websiteUrl }] }]
  }

  /** To another page of the same app: the next context names it. */
  function navigateToApp(given: unknown): HostAnswer {
    const { appId, pageId, subPageId } = recordOf(given)
    const { context } = settings()
    if (!nonEmptyText(appId) || !nonEmptyText(pageId)) return NO_REASON
    if (appId !== (context['appId'] ?? appId)) return NO_SUCH_APP
    set({ context: { ...context, entityId: pageId, subEntityId: nonEmptyText(subPageId) ?? '' } })
    return DONE
  }

  function openLink(url: unknown): HostAnswer {
    const link = nonEmptyText(url)
    if (!link || !URL.canParse(link)) return NO_LINK
    if (isForClient(new URL(link))) return DONE
    if (!isWeb(new URL(link))) return NO_LINK
    return screen.openLink(link) ? DONE : NO_WINDOW
  }

  /** The host has nothing to do, and nothing to answer: the transcript shows the call. */
  const noAnswer: Handler = () => undefined

  return {
    executeDeepLink: ({ args }) => openLink(args[0]),
    getMruTabInstances: tabs,
    getTabInstances: tabs,
    navigateCrossDomain: ({ args }) => (screen.showPage(nonEmptyText(args[0]) ?? '') ? DONE : NO_REASON),
    navigateToTab: ({ args }) => (recordOf(args[0])['internalTabInstanceId'] === TAB_ID ? DONE : NO_REASON),
    'pages.navigateToApp': ({ args }) => navigateToApp(args[0]),
    returnFocus: noAnswer,
    setFrameContext: noAnswer,
    'settings.getSettings': () => [config()],
    'settings.remove.failure': noAnswer,
    'settings.remove.success': noAnswer,
    'settings.save.failure': noAnswer,
    'settings.save.success': noAnswer,
    'settings.setSettings': ({ args }) => configure(args[0]),
    'settings.setValidityState': noAnswer,
    shareDeepLink: noAnswer,
  }
}

/** Which page of the app is shown, in the words of the manifest. */
export function shownPageOf({ context }: TeamsSettings): { readonly entityId: unknown; readonly subEntityId: unknown } {
  return { entityId: context['entityId'] ?? 'home', subEntityId: context['subEntityId'] ?? '' }
}

/** Links that a client of Teams acts on itself, and that this one keeps in its transcript. */
function isForClient({ protocol, hostname, pathname }: URL): boolean {
  if (['msteams:', 'mailto:', 'tel:', 'sip:'].includes(protocol)) return true
  const isTeams = ['teams.microsoft.com', 'teams.cloud.microsoft', 'teams.microsoft.us'].includes(hostname)
  return protocol === 'https:' && isTeams && pathname.startsWith('/l/')
}

/** `javascript:` would run in the page of the host. */
export function isWeb({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}
