// The patched WebSocket: Socket.IO's other transport. A real WebSocket connects as soon as it is made, so the page gets a
// substitute, which makes the real one later.

import type { Handshakes } from '../handshake.js'
import { toUrl } from '../twodoor.js'
import type { Patches } from './patches.js'

type WebSocketWindow = Window & { WebSocket: typeof WebSocket }

export function patchWebSocket(window: WebSocketWindow, handshakes: Handshakes, patches: Patches): void {
  const Native = window.WebSocket
  const Substitute = substituteFor(Native, handshakes, patches)

  const patched: typeof WebSocket = new Proxy(Native, {
    construct(target, args: [address?: string | URL, ...more: unknown[]], newTarget): object {
      const address = httpAddressOf(args[0])
      const purpose = patches.active && address && handshakes.purposeOf(address)
      if (!purpose) return Reflect.construct(target, args, newTarget === patched ? target : newTarget)
      const makeNative = () => Reflect.construct(target, args) as WebSocket
      const url = address.replace(/^http/, 'ws')
      return new Substitute(makeNative, url, purpose === 'handshake' ? handshakes.whenReady() : undefined)
    },
  })

  /** The address of the HTTP request that opens the WebSocket. */
  function httpAddressOf(address: string | URL | undefined): string | undefined {
    return address === undefined ? undefined : toUrl(address, window.document.baseURI)?.href.replace(/^ws/, 'http')
  }

  patches.replace(window, 'WebSocket', patched, 'window')
}

const EVENTS = ['open', 'message', 'error', 'close'] as const
type EventName = (typeof EVENTS)[number]

/** Has the whole interface of a WebSocket, of which Engine.IO uses a part. */
function substituteFor(Native: typeof WebSocket, handshakes: Handshakes, patches: Patches) {
  class SubstituteWebSocket extends EventTarget implements WebSocket {
    // Inherited from the prototype of the real one.
    declare readonly CONNECTING: 0
    declare readonly OPEN: 1
    declare readonly CLOSING: 2
    declare readonly CLOSED: 3
    // Properties of its own: the setters of the prototype take a real WebSocket alone.
    onopen: WebSocket['onopen'] = null
    onmessage: WebSocket['onmessage'] = null
    onerror: WebSocket['onerror'] = null
    onclose: WebSocket['onclose'] = null
    readonly url: string
    #socket: WebSocket | undefined
    #binaryType: BinaryType = 'blob'
    #isClosed = false

    constructor(makeNative: () => WebSocket, url: string, wait: Promise<void> | undefined) {
      super()
      this.url = url
      const openNative = () => {
        if (!this.#isClosed) this.#forward(makeNative())
      }
      if (wait === undefined) openNative()
      else wait.then(openNative).catch(() => this.#fail())
    }

    get readyState() {
      return this.#socket?.readyState ?? (this.#isClosed ? Native.CLOSED : Native.CONNECTING)
    }

    get protocol() {
      return this.#socket?.protocol ?? ''
    }

    get extensions() {
      return this.#socket?.extensions ?? ''
    }

    get bufferedAmount() {
      return this.#socket?.bufferedAmount ?? 0
    }

    get binaryType() {
      return this.#socket?.binaryType ?? this.#binaryType
    }

    set binaryType(type: BinaryType) {
      this.#binaryType = type
      if (this.#socket) this.#socket.binaryType = type
    }

    send(data: string | ArrayBufferLike | Blob | ArrayBufferView<ArrayBuffer>): void {
      if (!this.#socket) throw new DOMException('Still in CONNECTING state.', 'InvalidStateError')
      this.#socket.send(data as string)
    }

    close(code?: number, reason?: string): void {
      this.#socket?.close(code, reason)
      if (!this.#socket) this.#fail()
    }

    /** Ends like a connection that could not be made. */
    #fail(): void {
      if (this.#isClosed) return
      this.#isClosed = true
      queueMicrotask(() => {
        this.#dispatch('error', new Event('error'))
        this.#dispatch('close', new CloseEvent('close', { code: 1006 }))
      })
    }

    #forward(socket: WebSocket): void {
      this.#socket = socket
      socket.binaryType = this.#binaryType
      for (const name of EVENTS) socket.addEventListener(name, (event) => this.#copyEvent(name, event))
    }

    #copyEvent(name: EventName, event: Event): void {
      if (event instanceof MessageEvent) {
        const { data, origin } = event
        const canRecover = patches.active && typeof data === 'string'
        if (canRecover && handshakes.recoverFromRefusal(data, () => this.close())) return
        this.#dispatch(name, new MessageEvent(name, { data, origin }))
      } else if (event instanceof CloseEvent) {
        const { code, reason, wasClean } = event
        this.#dispatch(name, new CloseEvent(name, { code, reason, wasClean }))
      } else this.#dispatch(name, new Event(name))
    }

    #dispatch(name: EventName, event: Event): void {
      const handler = this[`on${name}`] as ((this: WebSocket, event: Event) => unknown) | null
      const callHandler = (event: Event) => handler?.call(this, event)
      this.addEventListener(name, callHandler, { once: true })
      this.dispatchEvent(event)
      this.removeEventListener(name, callHandler)
    }
  }
  // So that `instanceof WebSocket` holds.
  Object.setPrototypeOf(SubstituteWebSocket.prototype, Native.prototype)
  return SubstituteWebSocket
}
