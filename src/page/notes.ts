// Short texts that outlive the page, never tokens. Where storage is blocked, a note lasts as long as the page.

export type StorageArea = 'localStorage' | 'sessionStorage'

export interface Note {
  /** Whether the note outlives the page. */
  readonly lasting: boolean
  read(): string | undefined
  /** Writes the note, or removes it with `undefined`. */
  write(value: string | undefined): void
}

/** The name of a note in storage. */
export const noteKey = (clientId: string, name: string) => `twodoor.${clientId}.${name}`

/** A note of one client ID, kept in the first of `areas` that can be written. */
export function createNote(window: Window, clientId: string, name: string, areas: readonly StorageArea[]): Note {
  const key = noteKey(clientId, name)
  const open = () => areas.map((area) => openStorage(window, area, key)).find((each) => each)
  let storage = open()
  let fallback: string | undefined

  /** Storage that fails once is not asked again until the next write: it could come back with an older value. */
  function attempt<T>(use: (storage: Storage | undefined) => T): T | undefined {
    try {
      return use(storage)
    } catch {
      storage = undefined
      return undefined
    }
  }

  return {
    get lasting() {
      return !!storage
    },
    read() {
      const kept = attempt((area) => area?.getItem(key))
      return storage ? (kept ?? undefined) : fallback
    },
    write(value) {
      fallback = value
      storage ??= open()
      attempt((area) => (value === undefined ? area?.removeItem(key) : area?.setItem(key, value)))
    },
  }
}

/** Blocked storage throws as soon as it is touched, and full or private storage when it is written. */
function openStorage(window: Window, area: StorageArea, key: string): Storage | undefined {
  try {
    const storage = window[area]
    storage.setItem(`${key}.probe`, '1')
    storage.removeItem(`${key}.probe`)
    return storage
  } catch {
    return undefined
  }
}
