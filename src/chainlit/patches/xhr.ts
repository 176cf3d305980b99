// Socket.IO's polling transport, and uploads. Both are XMLHttpRequests.

import type { ChainlitPage } from '../chainlit-page.js'
import { type Handshakes, PACKET_SEPARATOR } from '../handshake.js'
import type { Entrance } from '../session/session-gate.js'
import type { Patches } from './patches.js'

interface XhrContext {
  readonly window: Window & { XMLHttpRequest: typeof XMLHttpRequest }
  readonly page: ChainlitPage
  readonly entrance: Entrance
  readonly handshakes: Handshakes
}

interface Sending {
  waitsFor: (() => Promise<void>) | undefined
  readonly isTransport: boolean
  /** Between `send()` and what the browser is given to send. `abort()` does nothing to such a request. */
  isWaiting: boolean
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

  function sendingOf(url: string | URL, isSynchronous: boolean): Sending | undefined {
    if (!patches.active) return undefined
    const address = String(url)
    const kind = handshakes.kindOf(address)
    const isUpload = page.pathOf(address)?.startsWith('/project/file') === true
    if (!kind && !isUpload) return undefined
    const wait = kind ? handshakes.ready : entrance.prove
    // Whoever blocks the page cannot wait for what the page has yet to do.
    const waitsFor = kind === 'transport' || isSynchronous ? undefined : () => wait()
    return { waitsFor, isTransport: kind !== undefined, isWaiting: false }
  }

  function openPatched(this: XMLHttpRequest, method: string, url: string | URL, ...more: unknown[]) {
    const sending = sendingOf(url, more.length > 0 && !more[0])
    if (sending) sendings.set(this, sending)
    else sendings.delete(this)
    if (sending?.isTransport) this.addEventListener('load', lookForLoss)
    return (open as (...all: unknown[]) => void).call(this, method, url, ...more)
  }

  /** Engine.IO answers so to a connection that it does not know. */
  function lookForLoss(this: XMLHttpRequest) {
    const isLost = this.status === 400 && handshakes.kindOf(this.responseURL) === 'transport'
    if (isLost && patches.active) handshakes.lost(this.responseURL)
  }

  function sendPatched(this: XMLHttpRequest, body?: Document | XMLHttpRequestBodyInit | null) {
    const sending = sendings.get(this)
    if (!sending?.waitsFor) return send.call(this, body)
    if (sending.isWaiting) throw new DOMException('It has been sent already.', 'InvalidStateError')
    sending.isWaiting = true
    const go = () => {
      if (!sending.isWaiting || sendings.get(this) !== sending) return
      sending.isWaiting = false
      sending.waitsFor = undefined
      send.call(this, body)
    }
    sending
      .waitsFor()
      .then(go, go)
      .catch(() => tell(this, 'error'))
  }

  function abortPatched(this: XMLHttpRequest) {
    abort.call(this)
    const sending = sendings.get(this)
    if (!sending?.isWaiting) return
    sending.isWaiting = false
    tell(this, 'abort')
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

/** How a request ends that the browser has not been given, or does not take. */
function tell(request: XMLHttpRequest, end: 'abort' | 'error'): void {
  for (const name of [end, 'loadend']) request.dispatchEvent(new ProgressEvent(name))
}
