// Between a page and the pop-up that it has opened, of the same origin. A window reference does not do: Entra ID cuts it with
// its Cross-Origin-Opener-Policy.

/** The name is random and known to these two alone: scripts cannot list channels. */
export function openPopupChannel(id: string): BroadcastChannel {
  return new BroadcastChannel(`twodoor.popup.${id}`)
}

/** What the page says once it has the response, so that the pop-up can close. */
export const RECEIVED = 'received'
