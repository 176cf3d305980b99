// The page of a pop-up. It goes to Entra ID for a page in a host, and takes what Entra ID answers to whoever has opened it.

import type { AuthOptions } from '../options.js'
import { createNote, type Note } from '../page/notes.js'
import { openPopupChannel, RECEIVED } from '../page/popup-channel.js'
import { readPopupUrl } from '../page/popup-url.js'
import { checkOptions, type Settings } from '../settings.js'
import { isGuid } from '../shared/validate.js'
import { answerHost } from './answer-host.js'
import { authorizeUrl } from './authorize-url.js'

/** Those of `createAuth()`, of which the client ID, tenant, authority and the origins of hosts count here. */
export type PopupOptions = Omit<AuthOptions, 'scopes'> & { scopes?: string[] | undefined }

/** The page that has opened the pop-up answers at once, if it is still there. */
const RECEIVED_DEADLINE_MS = 5_000

/** What this window has asked Entra ID for, for a page in a host. */
interface PendingConsent {
  readonly state: string
  readonly id: string
}

/**
 * Does what the page of a pop-up has to do, and closes the window. Call it once, when the page loads, in a page that has nothing
 * else to do and is registered as a SPA redirect URI.
 *
 * Where it goes, and for which app, stands in `options` alone; no link to the page can change that. No token is asked for here:
 * the page in a host gets its own from the host, and the one in a browser redeems what Entra ID answers by itself. With
 * `cacheLocation: 'sessionStorage'` a window that a page opens begins with a copy of what that page has stored, until it closes.
 *
 * @returns whether somebody got the answer. Otherwise the window may still be open: say that it can be closed. Pending while it
 * leaves for Entra ID
 * @throws {AuthError} `config_invalid`
 *
 * @example
 * ```ts
 * runPopup({ clientId, tenant: 'contoso.com' }).then((isAnswered) => (hint.hidden = isAnswered))
 * ```
 */
export async function runPopup(options: PopupOptions): Promise<boolean> {
  const { window } = globalThis
  const { location, history } = window
  const settings = checkOptions({ ...options, scopes: options.scopes ?? ['User.Read'] }, location.href)
  if (window.parent !== window.self) return false
  const response = new URLSearchParams(location.hash.slice(1))
  const state = response.get('state')
  const note = createNote(window, settings.clientId, 'popup', ['sessionStorage'])
  if (!state) return askForConsent(window, settings, note)
  // A code does not belong into the history of the browser.
  history.replaceState(null, '', location.pathname)
  const pending = takePending(note)
  const isOfHost = pending?.state === state
  const isAnswered = isOfHost
    ? await answerHost(window, settings.host.origins, { id: pending.id, response })
    : await handOver(state.split('|')[1], `${response}`)
  // teams-js closes the window itself, once its message is out.
  if (!(isOfHost && isAnswered)) window.close()
  return isAnswered
}

/** Pending, once it leaves. */
async function askForConsent(window: Window, settings: Settings, note: Note): Promise<boolean> {
  const request = readPopupUrl(window.location.search)
  if (!request || !note.lasting) return false
  const pending: PendingConsent = { state: crypto.randomUUID(), id: request.id }
  note.write(JSON.stringify(pending))
  const url = await authorizeUrl(window.location, settings, { ...request, state: pending.state })
  window.location.replace(url)
  return new Promise(() => {})
}

/** Reads it once. */
function takePending(note: Note): PendingConsent | undefined {
  const text = note.read()
  note.write(undefined)
  try {
    return (JSON.parse(text ?? 'null') as PendingConsent | null) ?? undefined
  } catch {
    return undefined
  }
}

/** To the page of this origin that has opened the window: nobody else knows the name of the channel. */
async function handOver(id: string | undefined, response: string): Promise<boolean> {
  if (!isGuid(id)) return false
  const channel = openPopupChannel(id)
  const isReceived = await new Promise<boolean>((resolve) => {
    channel.onmessage = ({ data }) => data === RECEIVED && resolve(true)
    setTimeout(() => resolve(false), RECEIVED_DEADLINE_MS)
    channel.postMessage(response)
  })
  channel.close()
  return isReceived
}
