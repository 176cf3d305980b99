// Socket.IO's polling transport, and uploads. Both are XMLHttpRequests.

import type { Entrance } from './entrance.js'
import { type Handshakes, PACKET_SEPARATOR } from './handshake.js'
import type { ChainlitPage } from './page.js'
import type { Patches } from './patches.js'

interface XhrContext {
  readonly window: Window & { XMLHttpRequest: typeof XMLHttpRequest }
  readonly page: ChainlitPage
  readonly entrance: Entrance
  readonly handshakes: Handshakes
}

interface Sending {
  readonly waitsFor: (() => Promise<void>) | undefined
  readonly isTransport: boolean
  /** Ends a wait: `abort()` does nothing to a request that has not been sent. */
  cancelled: boolean
  /** What the page gets to read instead of a refusal. */
  mended?: string
}

/** An Engine.IO packet that ends the connection, after which Socket.IO begins a new one. */
const CLOSE_PACKET = '1'

export function patchXhr({ window, page, entrance, handshakes }: XhrContext, patches: Patches): void {
  const { prototype } = window.XMLHttpRequest
  const { open, send, abort } = prototype
  const responseText = Object.getOwnPropertyDescriptor(prototype, 'responseText')
  const sendings = new WeakMap<XMLHttpRequest, Sending>()

  function sendingOf(address: string | URL): Sending | undefined {
    if (!patches.active) return undefined
    const kind = handshakes.kindOf(address)
    if (kind)
      return { waitsFor: kind === 'handshake' ? handshakes.ready : undefined, isTransport: true, cancelled: false }
    if (page.pathOf(address)?.startsWith('/project/file') !== true) return undefined
    return { waitsFor: entrance.prove, isTransport: false, cancelled: false }
  }

  function openPatched(this: XMLHttpRequest, method: string, url: string | URL, ...more: unknown[]) {
    const sending = sendingOf(url)
    if (sending) sendings.set(this, sending)
    else sendings.delete(this)
    return (open as (...all: unknown[]) => void).call(this, method, url, ...more)
  }

  function sendPatched(this: XMLHttpRequest, body?: Document | XMLHttpRequestBodyInit | null) {
    const sending = sendings.get(this)
    if (!sending?.waitsFor) return send.call(this, body)
    const go = () => {
      if (!sending.cancelled && sendings.get(this) === sending) send.call(this, body)
    }
    sending.waitsFor().then(go, go)
  }

  function abortPatched(this: XMLHttpRequest) {
    const sending = sendings.get(this)
    if (sending) sending.cancelled = true
    return abort.call(this)
  }

  function readText(this: XMLHttpRequest): string {
    const text: string = responseText?.get?.call(this)
    const sending = sendings.get(this)
    if (!sending?.isTransport || this.readyState !== this.DONE || !patches.active) return text
    sending.mended ??= mend(text)
    return sending.mended
  }

  function mend(text: string): string {
    const packets = text.split(PACKET_SEPARATOR)
    return packets.map((packet) => (handshakes.mends(packet, () => {}) ? CLOSE_PACKET : packet)).join(PACKET_SEPARATOR)
  }

  patches.replace(prototype, 'open', openPatched as XMLHttpRequest['open'], 'XMLHttpRequest.prototype.open')
  patches.replace(prototype, 'send', sendPatched, 'XMLHttpRequest.prototype.send')
  patches.replace(prototype, 'abort', abortPatched, 'XMLHttpRequest.prototype.abort')
  if (responseText) {
    const label = 'XMLHttpRequest.prototype.responseText'
    patches.define(prototype, 'responseText', { ...responseText, get: readText }, label)
  }
}
