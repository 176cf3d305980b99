import type { Patches } from './patches.js'

const STORAGES = ['localStorage', 'sessionStorage'] as const

/** As the session cookie of a framed page: a separate one for each site that frames the page. */
const COOKIE_ATTRIBUTES = 'Path=/; Secure; SameSite=None; Partitioned'
const COOKIE_SECONDS = 365 * 24 * 60 * 60

/**
 * Where the browser blocks storage, gives the page one that lives as long as the page: Chainlit reads `localStorage` while it
 * starts, and stays white if that throws (Chainlit/chainlit#2013).
 *
 * @param lastingKey - the one key that outlives the page. It is kept in a cookie, so it must not be secret
 */
export function replaceBlockedStorage(window: Window, patches: Patches, lastingKey: string): void {
  for (const area of STORAGES) {
    if (isReadable(window, area)) continue
    const value = createStorage(window.document, lastingKey)
    patches.define(window, area, { get: () => value }, `window.${area} (blocked by the browser)`)
  }
}

function isReadable(window: Window, area: (typeof STORAGES)[number]): boolean {
  try {
    return window[area] !== null
  } catch {
    return false
  }
}

function createStorage(document: Document, lastingKey: string): Storage {
  const items = new Map<string, string>()
  if (readCookies(document).includes(`${lastingKey}=1`)) items.set(lastingKey, '1')

  function setCookie(seconds: number): void {
    try {
      // There is no Cookie Store in Firefox before 140, nor in Safari before 18.4.
      document.cookie = `${lastingKey}=1; Max-Age=${seconds}; ${COOKIE_ATTRIBUTES}`
    } catch {
      // A sandboxed frame has no cookies either. Then nothing outlives the page.
    }
  }

  return {
    get length() {
      return items.size
    },
    getItem: (key) => items.get(String(key)) ?? null,
    setItem(key, value) {
      items.set(String(key), String(value))
      if (key === lastingKey) setCookie(COOKIE_SECONDS)
    },
    removeItem(key) {
      items.delete(String(key))
      if (key === lastingKey) setCookie(0)
    },
    clear() {
      if (items.has(lastingKey)) setCookie(0)
      items.clear()
    },
    key: (index) => [...items.keys()][index] ?? null,
  }
}

function readCookies(document: Document): string[] {
  try {
    return document.cookie.split('; ')
  } catch {
    return []
  }
}
