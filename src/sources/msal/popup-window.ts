// Waits for what Entra ID answers in a pop-up. Nobody tells a page that a window was closed, and one that a
// Cross-Origin-Opener-Policy has cut off looks closed while the user is still in it.

import { openPopupChannel, RECEIVED } from '../../page/popup-channel.js'
import type { Refusal } from '../source.js'
import { isResponseTo } from './response.js'

/** Consent and multi-factor sign-in take minutes. */
const POPUP_DEADLINE_MS = 10 * 60_000
const LOOK_INTERVAL_MS = 250
/** A user who is back in the page for this long, and whose pop-up looks closed, has closed it. */
const BACK_MS = 2_000

export interface OpenedPopup {
  readonly window: Window
  readonly popup: Window
  /** In the `state` that Entra ID gives back. */
  readonly id: string
  /** The request to Entra ID. */
  readonly url: string
  readonly interrupted: AbortSignal
}

/** The parameters of the response, or why there is none. The window is left open. */
export function waitForResponse({ window, popup, id, url, interrupted }: OpenedPopup): Promise<string | Refusal> {
  return new Promise((resolve) => {
    const channel = openPopupChannel(id)
    const watch = createWatch(popup, window)
    const looking = setInterval(() => watch.isGivenUp() && settle(closed(watch.wasAtEntra())), LOOK_INTERVAL_MS)
    const deadline = setTimeout(() => settle({ refused: 'timed_out' }), POPUP_DEADLINE_MS)
    const interrupt = () => settle({ refused: 'cancelled' })

    function settle(answer: string | Refusal): void {
      clearInterval(looking)
      clearTimeout(deadline)
      channel.close()
      interrupted.removeEventListener('abort', interrupt)
      resolve(answer)
    }

    channel.onmessage = ({ data }) => {
      if (typeof data !== 'string' || !isResponseTo({ id }, data)) return
      channel.postMessage(RECEIVED)
      settle(data)
    }
    interrupted.addEventListener('abort', interrupt)
    if (interrupted.aborted) interrupt()
    else popup.location.replace(url)
  })
}

function createWatch(popup: Window, { document }: Window) {
  let wasAtEntra = false
  let backFor = 0

  return {
    wasAtEntra: () => wasAtEntra,
    isGivenUp() {
      if (!popup.closed) wasAtEntra ||= isElsewhere(popup)
      backFor = popup.closed && document.hasFocus() ? backFor + LOOK_INTERVAL_MS : 0
      return backFor >= BACK_MS
    },
  }
}

/** Whether it shows a page of another origin, which cannot be looked at. */
function isElsewhere(popup: Window): boolean {
  try {
    return popup.location.href === undefined
  } catch {
    return true
  }
}

function closed(wasAtEntra: boolean): Refusal {
  const message = wasAtEntra
    ? 'The pop-up was closed.'
    : 'The pop-up was closed, or cut off by a `Cross-Origin-Opener-Policy`, and the user came back without an answer.'
  return { refused: 'cancelled', message, remedy: 'Offer to sign in again.' }
}
