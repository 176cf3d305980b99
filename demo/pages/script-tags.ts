import type { Library } from './library.js'

/** What the two script tags of the page have left behind: the UMD bundle of twodoor and socket.io's own client. */
export function libraryOfScriptTags(): Library {
  const { twodoor, io } = globalThis as unknown as { twodoor: Omit<Library, 'io'>; io: Library['io'] }
  return { ...twodoor, io }
}
