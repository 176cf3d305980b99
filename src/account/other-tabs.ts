// One session in all tabs of an origin, and in all Auths of a page. A message only says that something changed; the
// receiver looks at the signed-out flag and at MSAL's storage. Every script of the origin could read and send messages. In
// Chromium a message often comes before what was stored ahead of it can be seen, so changes of storage are listened to as well.

import { signedOutKey } from '../page/signed-out-flag.js'

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
  const onStorage = ({ key }: StorageEvent) => {
    if (key && saysWho(key, clientId)) onMessage()
  }
  window.addEventListener('storage', onStorage)

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
      window.removeEventListener('storage', onStorage)
    },
  }
}

/** Whether an entry says who is signed in: our flag, MSAL's active account, its list of accounts. Not one of a renewal. */
function saysWho(key: string, clientId: string): boolean {
  const ours = [signedOutKey(clientId), `msal.${clientId}.active-account-filters`]
  return ours.includes(key) || key.endsWith('account.keys')
}
