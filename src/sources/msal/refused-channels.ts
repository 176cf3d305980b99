// Where storage is blocked, Firefox has BroadcastChannel and refuses to open one. MSAL opens one wherever there is the class,
// and does without one only where there is none.

/** The class while it is hidden, and by how many. */
let refused: typeof BroadcastChannel | undefined
let hiders = 0

/** While MSAL makes a client: hides a class of which nobody could have an instance. Returns the undo. */
export function hideRefusedChannels(): () => void {
  if (!refused && !isRefused(globalThis.BroadcastChannel)) return () => {}
  refused ??= globalThis.BroadcastChannel
  hiders += 1
  globalThis.BroadcastChannel = undefined as never
  return showAgain
}

function showAgain(): void {
  hiders -= 1
  if (hiders > 0 || !refused) return
  globalThis.BroadcastChannel ??= refused
  refused = undefined
}

/** Where there is no class, another copy of twodoor may have hidden it, and shows it again. */
function isRefused(channels: typeof BroadcastChannel | undefined): boolean {
  try {
    if (channels) new channels('').close()
    return false
  } catch {
    return true
  }
}
