// The patched XMLHttpRequest: Socket.IO's polling transport, and uploads.

import type { ChainlitPage } from '../chainlit-page.js'
import { type Handshakes, PACKET_SEPARATOR } from '../handshake.js'
import type { SessionGate } from '../session/session-gate.js'
import type { Patches } from './patches.js'

interface XhrPatchContext {
  readonly window: Window & { XMLHttpRequest: typeof XMLHttpRequest }
  readonly page: ChainlitPage
  readonly gate: Pick<SessionGate, 'ensureSession'>
  readonly handshakes: Handshakes
}

/** What is known of a request to Chainlit, from `open()` on. */
interface ChainlitXhr {
  /** What `send()` waits for. */
  wait: (() => Promise<void>) | undefined
  readonly isTransport: boolean
  /** From `send()` until the browser gets the request. Until then the browser's `abort()` does nothing. */
  isWaiting: boolean
  /** What the page reads instead of a refusal. */
  changedText?: string
}

/** An Engine.IO packet that ends the connection, after which Socket.IO makes a new one. */
const CLOSE_PACKET = '1'

export function patchXhr({ window, page, gate, handshakes }: XhrPatchContext, patches: Patches): void {
  const { prototype } = window.XMLHttpRequest
  const { open, send, abort } = prototype
  const responseText = Object.getOwnPropertyDescriptor(prototype, 'responseText')
  const known = new WeakMap<XMLHttpRequest, ChainlitXhr>()

  function describeXhr(url: string | URL, isSynchronous: boolean): ChainlitXhr | undefined {
    if (!patches.active) return undefined
    const address = String(url)
    const purpose = handshakes.purposeOf(address)
    const isUpload = page.pathOf(address)?.startsWith('/project/file') === true
    if (!purpose && !isUpload) return undefined
    const wait = purpose ? handshakes.whenReady : () => gate.ensureSession()
    // A synchronous request blocks the page, so it cannot wait for anything that the page has yet to do.
    const canWait = purpose !== 'transport' && !isSynchronous
    return { wait: canWait ? wait : undefined, isTransport: purpose !== undefined, isWaiting: false }
  }

  function patchedOpen(this: XMLHttpRequest, method: string, url: string | URL, ...more: unknown[]) {
    const request = describeXhr(url, more.length > 0 && !more[0])
    if (request) known.set(this, request)
    else known.delete(this)
    if (request?.isTransport) this.addEventListener('load', reportUnknownConnection)
    return (open as (...all: unknown[]) => void).call(this, method, url, ...more)
  }

  /** Engine.IO answers with 400 to a connection that it does not know. */
  function reportUnknownConnection(this: XMLHttpRequest) {
    const isUnknown = this.status === 400 && handshakes.purposeOf(this.responseURL) === 'transport'
    if (isUnknown && patches.active) handshakes.onUnknownConnection(this.responseURL)
  }

  function patchedSend(this: XMLHttpRequest, body?: Document | XMLHttpRequestBodyInit | null) {
    const request = known.get(this)
    if (!request?.wait) return send.call(this, body)
    if (request.isWaiting) throw new DOMException('It has been sent already.', 'InvalidStateError')
    request.isWaiting = true
    const sendNow = () => {
      if (!request.isWaiting || known.get(this) !== request) return
      request.isWaiting = false
      request.wait = undefined
      send.call(this, body)
    }
    request
      .wait()
      .then(sendNow, sendNow)
      .catch(() => dispatchEnd(this, 'error'))
  }

  function patchedAbort(this: XMLHttpRequest) {
    abort.call(this)
    const request = known.get(this)
    if (!request?.isWaiting) return
    request.isWaiting = false
    dispatchEnd(this, 'abort')
  }

  function readText(this: XMLHttpRequest): string {
    const text: string = responseText?.get?.call(this)
    const request = known.get(this)
    if (!request?.isTransport || this.readyState !== this.DONE || !patches.active) return text
    request.changedText ??= withoutRefusals(text)
    return request.changedText
  }

  function withoutRefusals(text: string): string {
    const packets = text.split(PACKET_SEPARATOR)
    const recover = (packet: string) => (handshakes.recoverFromRefusal(packet, () => {}) ? CLOSE_PACKET : packet)
    return packets.map(recover).join(PACKET_SEPARATOR)
  }

  const prototypeName = 'XMLHttpRequest.prototype'
  patches.replace(prototype, 'open', patchedOpen as XMLHttpRequest['open'], prototypeName)
  patches.replace(prototype, 'send', patchedSend, prototypeName)
  patches.replace(prototype, 'abort', patchedAbort, prototypeName)
  if (responseText) {
    const label = `${prototypeName}.responseText`
    patches.define(prototype, 'responseText', { ...responseText, get: readText }, label)
  }
}

/** The events of a request that the browser has not been given, or does not take. */
function dispatchEnd(request: XMLHttpRequest, end: 'abort' | 'error'): void {
  for (const name of [end, 'loadend']) request.dispatchEvent(new ProgressEvent(name))
}
