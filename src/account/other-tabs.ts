// One session in all tabs of an origin, and in all Auths of a page. A message only says that something changed; the
// receiver looks at the signed-out flag and at MSAL's storage. Every script of the origin could read and send messages.

import { watchSignedOutFlag } from '../page/watch-signed-out.js'

export interface SessionChannel {
  /** Tells the others that somebody signed in or out here. */
  announce(): void
  close(): void
}

/** @param onMessage - called when somebody may have signed in or out elsewhere: by twodoor, or another app that uses MSAL */
export function openSessionChannel(window: Window, clientId: string, onMessage: () => void): SessionChannel {
  const open = (name: string) => {
    try {
      const channel = new BroadcastChannel(name)
      channel.onmessage = onMessage
      return channel
    } catch {
      return undefined // blocked together with storage
    }
  }
  const name = `twodoor.${clientId}`
  const own = open(name)
  let isClosed = false
  // MSAL announces every sign-in, sign-out and switch there, for all client IDs.
  const ofMsal = open('msal.broadcast.event')
  const unwatch = watchSignedOutFlag(window, clientId, onMessage)

  return {
    announce() {
      // What was under way at `dispose()` is announced on a channel of its own, open for this message only.
      const channel = isClosed ? open(name) : own
      channel?.postMessage('')
      if (isClosed) channel?.close()
    },
    close() {
      isClosed = true
      own?.close()
      ofMsal?.close()
      unwatch()
    },
  }
}
