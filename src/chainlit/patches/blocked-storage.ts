import type { Patches } from './patches.js'

const AREAS = ['localStorage', 'sessionStorage'] as const

/** As the session of a framed page has it: kept apart for each site that frames it, and by nobody else sent. */
const COOKIE = 'Path=/; Secure; SameSite=None; Partitioned'
const COOKIE_SECONDS = 365 * 24 * 60 * 60

/**
 * Gives the page a storage that lasts as long as itself where the browser blocks the real one: Chainlit reads
 * `localStorage` while it starts, and stays white if that throws (Chainlit/chainlit#2013).
 *
 * @param lasting - what must outlive the page all the same: it is kept in a cookie, so it can be no secret
 */
export function replaceBlockedStorage(window: Window, patches: Patches, lasting: string): void {
  for (const area of AREAS) {
    if (isReadable(window, area)) continue
    const value = createStorage(window.document, lasting)
    patches.define(window, area, { get: () => value }, `window.${area} (blocked by the browser)`)
  }
}

function isReadable(window: Window, area: (typeof AREAS)[number]): boolean {
  try {
    return window[area] !== null
  } catch {
    return false
  }
}

function createStorage(document: Document, lasting: string): Storage {
  const kept = new Map<string, string>()
  if (readCookies(document).includes(`${lasting}=1`)) kept.set(lasting, '1')

  function keep(seconds: number): void {
    try {
      // There is no Cookie Store in Firefox before 140, nor in Safari before 18.4.
      document.cookie = `${lasting}=1; Max-Age=${seconds}; ${COOKIE}`
    } catch {
      // A sandbox blocks cookies too. Then nothing outlives the page.
    }
  }

  return {
    get length() {
      return kept.size
    },
    getItem: (key) => kept.get(String(key)) ?? null,
    setItem(key, value) {
      kept.set(String(key), String(value))
      if (key === lasting) keep(COOKIE_SECONDS)
    },
    removeItem(key) {
      kept.delete(String(key))
      if (key === lasting) keep(0)
    },
    clear() {
      if (kept.has(lasting)) keep(0)
      kept.clear()
    },
    key: (index) => [...kept.keys()][index] ?? null,
  }
}

function readCookies(document: Document): string[] {
  try {
    return document.cookie.split('; ')
  } catch {
    return []
  }
}
