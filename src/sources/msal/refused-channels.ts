// Where storage is blocked, Firefox has BroadcastChannel and refuses to open one. MSAL opens one wherever there is the class,
// and does without one only where there is none.

let hiders = 0
/** The class while it is hidden. */
let refused: typeof BroadcastChannel | undefined

/** While MSAL makes a client: hides a class of which nobody could have an instance. Returns the undo. */
export function hideRefusedChannels(): () => void {
  const { BroadcastChannel } = globalThis
  try {
    // Where there is no class, another copy of twodoor may have hidden it, and shows it again.
    if (BroadcastChannel) new BroadcastChannel('').close()
    if (!refused) return () => {}
  } catch {
    refused = BroadcastChannel
  }
  hiders += 1
  globalThis.BroadcastChannel = undefined as never
  return () => {
    hiders -= 1
    if (hiders > 0) return
    globalThis.BroadcastChannel ??= refused as typeof BroadcastChannel
    refused = undefined
  }
}
