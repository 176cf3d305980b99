import { createConversation } from './conversation.js'
import type { TeamsEmulator, TeamsHostOptions } from './host.js'
import { createPopup } from './popup.js'
import { isWeb } from './tab.js'
import { type Peer, readRequest } from './wire.js'

export interface TeamsEmulatorOptions extends TeamsHostOptions {
  /** The frame that shows the app, or what gives its window. */
  frame: HTMLIFrameElement | (() => Window | null)
  /** The origins of the app, each like `https://app.contoso.com`. Messages of other origins are not answered. */
  appOrigin: string | readonly string[]
  /**
   * The page of the host.
   *
   * @default this one
   */
  window?: Window | undefined
}

/**
 * The parent page's side of the wire for unmodified teams-js: makes this page a Teams host for the app that it frames.
 *
 * It answers `initialize`, `getContext`, `getAuthToken`, `authenticate`, the notify calls, nested app auth, and `pages`
 * with `tabs` and `config` for the one tab that it is, and sends theme changes. To every other function it says that it is
 * not supported, and so does `isSupported()`. It answers only the frame and the sign-in window that it opened, and only at
 * `appOrigin`; replies go to that origin, never to `*`.
 *
 * @throws {TypeError} `appOrigin` is not a list of exact origins
 */
export function createTeamsEmulator(options: TeamsEmulatorOptions): TeamsEmulator {
  const { frame, window = globalThis.window } = options
  const appOrigins = checkAppOrigins(options.appOrigin)
  const popup = createPopup(window)
  /** The origin of the app's last message. A frame can move from one of its origins to another. */
  let appOrigin: string | undefined

  const { emulator, transcript, receive } = createConversation(options, {
    authenticate: popup.open,
    authenticated: popup.settle,
    closePopup: popup.close,
    contentUrl: () => (typeof frame === 'function' ? `${appOrigin ?? appOrigins[0]}/` : frame.src),
    showPage,
    openLink,
    send(message) {
      if (appOrigin !== undefined) appWindow()?.postMessage(message, appOrigin)
    },
    close() {
      window.removeEventListener('message', onMessage)
      popup.close()
    },
  })

  function appWindow(): Window | null {
    return typeof frame === 'function' ? frame() : frame.contentWindow
  }

  /** A frame may only go to an origin of the app. */
  function showPage(url: string): boolean {
    if (!URL.canParse(url) || !isWeb(new URL(url)) || !appOrigins.includes(new URL(url).origin)) return false
    if (typeof frame !== 'function') frame.src = url
    else frame()?.location.replace(url)
    return true
  }

  function openLink(url: string): boolean {
    const opened = window.open(url, '_blank')
    if (opened) opened.opener = null // with `noopener`, a blocked window could not be told from an open one
    return opened !== null
  }

  function peerOf(source: unknown): Peer | undefined {
    if (source === appWindow()) return 'app'
    return popup.owns(source) ? 'popup' : undefined
  }

  function onMessage({ source, origin, data }: MessageEvent): void {
    if (!source || source === window) return
    const peer = peerOf(source)
    if (!peer) return void transcript.record('refused', 'stranger', '', `an unknown window, from ${origin}`)
    if (!appOrigins.includes(origin)) return void transcript.record('refused', peer, '', `an unknown origin, ${origin}`)
    const request = readRequest(data)
    if (!request) return void transcript.record('refused', peer, '', 'not a request of teams-js')
    if (peer === 'app') appOrigin = origin
    receive(request, peer, (reply) => (source as Window).postMessage(reply, origin))
  }

  window.addEventListener('message', onMessage)
  return emulator
}

function checkAppOrigins(given: string | readonly string[]): readonly string[] {
  const origins = typeof given === 'string' ? [given] : given
  if (Array.isArray(origins) && origins.length > 0 && origins.every(isOrigin)) return origins
  throw new TypeError('`appOrigin` takes exact origins: "https://app.contoso.com", or "http://localhost:5173".')
}

/** Exactly as `event.origin` has it: no path, no slash at the end, no wildcard, not the opaque `null`. */
function isOrigin(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https?:[^*]+$/.test(value) || !URL.canParse(value)) return false
  return new URL(value).origin === value
}
