// The window that an Auth sees, as far as it looks at it.

import type { Clock } from './clock.js'
import type { Origin, Page } from './origin.js'

export const APP = 'https://app.example'
const TEAMS = 'https://teams.microsoft.com'

export interface WindowParts {
  readonly origin: Origin
  readonly clock: Clock
  readonly page: Page
  readonly hasLocks: boolean
  readonly isInTeams: boolean
  readonly fetch: typeof fetch
  isOnline(): boolean
  navigate(to: string): void
}

/** `teams`: teams-js, which the page has loaded. */
export function openWindow(parts: WindowParts, href: string, teams: object | undefined): Window {
  const { origin, page, hasLocks, isInTeams, isOnline } = parts
  const events = eventsOf(page)
  const location = locationOf(href, isInTeams, parts.navigate)
  const local = origin.storageOf(page, page.view)
  const session = origin.storageOf(page, page.session)
  const open = (storage: Storage) => {
    if (origin.health === 'blocked') throw new DOMException('The operation is insecure.', 'SecurityError')
    return storage
  }
  const window = {
    ...events,
    location,
    history: {
      state: null,
      replaceState: (_: unknown, __: string, to: URL | string) => location.set(new URL(String(to), location.href)),
    },
    navigator: {
      get onLine() {
        return isOnline()
      },
      ...(hasLocks && { locks: origin.locksOf(page) }),
    },
    document: { baseURI: href, referrer: '', visibilityState: 'visible', ...events },
    performance: { getEntriesByType: () => [] },
    fetch: parts.fetch,
    self: {},
    parent: {},
    get localStorage() {
      return open(local)
    },
    get sessionStorage() {
      return open(session)
    },
    ...(teams && { microsoftTeams: teams }),
  }
  if (!isInTeams) window.parent = window.self
  return window as unknown as Window
}

function locationOf(href: string, isInTeams: boolean, navigate: (to: string) => void) {
  let url = new URL(href)
  return {
    get href() {
      return url.href
    },
    get origin() {
      return url.origin
    },
    get pathname() {
      return url.pathname
    },
    get search() {
      return url.search
    },
    get hash() {
      return url.hash
    },
    ancestorOrigins: isInTeams ? [TEAMS] : [],
    replace: navigate,
    set(next: URL) {
      url = next
    },
  }
}

function eventsOf({ listeners }: Page) {
  const find = (type: string, act: unknown) => [...listeners].find((each) => each.type === type && each.act === act)
  return {
    addEventListener(type: string, act: (event: Event) => void, options?: { signal?: AbortSignal }): void {
      const listener = { type, act }
      listeners.add(listener)
      options?.signal?.addEventListener('abort', () => listeners.delete(listener))
    },
    removeEventListener(type: string, act: (event: Event) => void): void {
      const found = find(type, act)
      if (found) listeners.delete(found)
    },
  }
}
