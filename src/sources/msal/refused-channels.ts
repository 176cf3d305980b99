// Where storage is blocked, Firefox has BroadcastChannel and refuses to open one. MSAL opens one wherever there is the class,
// and does without one only where there is none.

let hiders = 0
let refused: typeof BroadcastChannel | undefined

/** While MSAL makes a client: hides a class of which nobody could have an instance. Returns the undo. */
export function hideRefusedChannels(): () => void {
  try {
    new BroadcastChannel('').close()
    return () => {}
  } catch {
    hiders += 1
    refused ??= globalThis.BroadcastChannel
    globalThis.BroadcastChannel = undefined as never
    return () => {
      hiders -= 1
      if (hiders === 0) globalThis.BroadcastChannel = refused as typeof BroadcastChannel
    }
  }
}
