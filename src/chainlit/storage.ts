import type { Patches } from './patches.js'

const AREAS = ['localStorage', 'sessionStorage'] as const

/**
 * Gives the page a storage that lasts as long as itself where the browser blocks the real one: Chainlit reads
 * `localStorage` while it starts, and stays white if that throws (Chainlit/chainlit#2013).
 */
export function replaceBlockedStorage(window: Window, patches: Patches): void {
  for (const area of AREAS) {
    if (isReadable(window, area)) continue
    const value = createStorage()
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

function createStorage(): Storage {
  const kept = new Map<string, string>()
  return {
    get length() {
      return kept.size
    },
    getItem: (key) => kept.get(String(key)) ?? null,
    setItem: (key, value) => void kept.set(String(key), String(value)),
    removeItem: (key) => void kept.delete(String(key)),
    clear: () => kept.clear(),
    key: (index) => [...kept.keys()][index] ?? null,
  }
}
