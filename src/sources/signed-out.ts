import { createNote } from '../storage.js'

/** Remembers per application that the user signed out here, so that a reload does not sign in again by itself. */
export interface SignedOutMark {
  isSet(): boolean
  set(): void
  clear(): void
}

export function createSignedOutMark(window: Window, clientId: string): SignedOutMark {
  const note = createNote(window, clientId, 'signed-out', ['localStorage', 'sessionStorage'])
  return {
    isSet: () => note.read() !== undefined,
    set: () => note.write('1'),
    clear: () => note.write(undefined),
  }
}
