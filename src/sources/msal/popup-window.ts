// Waits for what Entra ID answers in a pop-up.

import { openPopupChannel, RECEIVED } from '../../page/popup-channel.js'
import { untilBack } from '../../page/until-back.js'
import type { Refusal } from '../source.js'
import { isResponseTo } from './response.js'

/** Consent and multi-factor sign-in take minutes. */
const POPUP_DEADLINE_MS = 10 * 60_000
/** A closed window raises no event in its opener. */
const CLOSED_CHECK_INTERVAL_MS = 250

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
    const settled = new AbortController()
    const channel = openPopupChannel(id)
    const looking = setInterval(look, CLOSED_CHECK_INTERVAL_MS)
    const deadline = setTimeout(() => settle({ refused: 'timed_out' }), POPUP_DEADLINE_MS)
    const interrupt = () => settle({ refused: 'cancelled' })

    function settle(answer: string | Refusal): void {
      clearInterval(looking)
      clearTimeout(deadline)
      channel.close()
      settled.abort()
      resolve(answer)
    }

    async function look(): Promise<void> {
      if (!popup.closed) return
      clearInterval(looking)
      if (await untilBack(window, POPUP_DEADLINE_MS, settled.signal)) settle(CLOSED)
    }

    channel.onmessage = ({ data }) => {
      if (typeof data !== 'string' || !isResponseTo({ id }, data)) return
      channel.postMessage(RECEIVED)
      settle(data)
    }
    interrupted.addEventListener('abort', interrupt, { signal: settled.signal })
    if (interrupted.aborted) return interrupt()
    try {
      popup.location.replace(url)
    } catch {
      settle(CLOSED) // meanwhile
    }
  })
}

const CLOSED: Refusal = {
  refused: 'cancelled',
  message: 'The pop-up was closed, or the user came back from it without an answer.',
  remedy: 'Offer to sign in again. The page of the pop-up must not have a `Cross-Origin-Opener-Policy` of its own.',
}
