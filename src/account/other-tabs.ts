// One session in all tabs of an origin, and in all Auths of a page. What travels is only that something changed; whoever
// hears it looks at the signed-out flag and at MSAL's storage. A message could be read, and sent, by every script of the origin.

import { watchSignedOutFlag } from './watch-flag.js'

export interface SessionChannel {
  /** Tells the others that somebody signed in or out here. */
  announce(): void
  close(): void
}

/** @param hear told that somebody may have signed in or out elsewhere: by twodoor, or by another app that uses MSAL */
export function openSessionChannel(window: Window, clientId: string, hear: () => void): SessionChannel {
  const open = (name: string) => {
    try {
      const channel = new BroadcastChannel(name)
      channel.onmessage = hear
      return channel
    } catch {
      return undefined // blocked together with storage
    }
  }
  const name = `twodoor.${clientId}`
  const own = open(name)
  let isClosed = false
  // MSAL tells there of every sign-in, sign-out and switch, of all client IDs.
  const ofMsal = open('msal.broadcast.event')
  const unwatch = watchSignedOutFlag(window, clientId, hear)

  return {
    announce() {
      // What was under way at the end of this Auth is told by a channel that lasts as long as the message.
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
