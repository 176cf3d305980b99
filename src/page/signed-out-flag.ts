import { createNote, noteKey } from './notes.js'

const NAME = 'signed-out'

/** Its name in storage. */
export const signedOutKey = (clientId: string) => noteKey(clientId, NAME)

/** Remembers, for each client ID, that the user signed out, so that a reload does not sign in again by itself. */
export interface SignedOutFlag {
  isSet(): boolean
  /** When the user signed out, in milliseconds since the epoch. `0`: the flag is not set. */
  at(): number
  /** `at()` when the page was opened. */
  readonly atFirst: number
  set(): void
  /** Whether it outlives the page. */
  isLasting(): boolean
  clear(): void
}

export function createSignedOutFlag(window: Window, clientId: string): SignedOutFlag {
  const note = createNote(window, clientId, NAME, ['localStorage', 'sessionStorage'])
  const at = () => Number(note.read() ?? 0)
  return {
    isSet: () => at() > 0,
    at,
    atFirst: at(),
    set: () => note.write(`${Date.now()}`),
    isLasting: () => note.lasting,
    clear: () => note.write(undefined),
  }
}
