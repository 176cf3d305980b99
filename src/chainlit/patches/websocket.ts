// Socket.IO's WebSocket transport. A WebSocket connects as soon as it is made, so one that has to wait is stood in for.

import type { Handshakes } from '../handshake.js'
import { toUrl } from '../twodoor.js'
import type { Patches } from './patches.js'

type WebSocketWindow = Window & { WebSocket: typeof WebSocket }

export function patchWebSocket(window: WebSocketWindow, handshakes: Handshakes, patches: Patches): void {
  const Native = window.WebSocket
  const Standing = standInFor(Native, handshakes, patches)

  const patched: typeof WebSocket = new Proxy(Native, {
    construct(target, given: [address?: string | URL, ...more: unknown[]], newTarget): object {
      const address = httpAddressOf(given[0])
      const kind = patches.active && address !== undefined ? handshakes.kindOf(address) : undefined
      if (!kind) return Reflect.construct(target, given, newTarget === patched ? target : newTarget)
      const connect = () => Reflect.construct(target, given) as WebSocket
      const url = String(address).replace(/^http/, 'ws')
      return new Standing(connect, url, kind === 'handshake' ? handshakes.ready() : undefined)
    },
  })

  /** The address of what the connection begins as. */
  function httpAddressOf(address: string | URL | undefined): string | undefined {
    return address === undefined ? undefined : toUrl(address, window.document.baseURI)?.href.replace(/^ws/, 'http')
  }

  patches.replace(window, 'WebSocket', patched, 'window.WebSocket')
}

const EVENTS = ['open', 'message', 'error', 'close'] as const
type EventName = (typeof EVENTS)[number]

/** Everything that Engine.IO uses of a WebSocket, and the rest of its interface. */
function standInFor(Native: typeof WebSocket, handshakes: Handshakes, patches: Patches) {
  class WebSocketInWaiting extends EventTarget implements WebSocket {
    readonly CONNECTING = 0
    readonly OPEN = 1
    readonly CLOSING = 2
    readonly CLOSED = 3
    onopen: WebSocket['onopen'] = null
    onmessage: WebSocket['onmessage'] = null
    onerror: WebSocket['onerror'] = null
    onclose: WebSocket['onclose'] = null
    readonly url: string
    #socket: WebSocket | undefined
    #binaryType: BinaryType = 'blob'
    #isClosed = false

    constructor(connect: () => WebSocket, address: string, wait: Promise<void> | undefined) {
      super()
      this.url = address
      const begin = () => {
        if (!this.#isClosed) this.#adopt(connect())
      }
      if (wait === undefined) begin()
      else wait.then(begin).catch(() => this.#fail())
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

    /** As a connection that was never made. */
    #fail(): void {
      if (this.#isClosed) return
      this.#isClosed = true
      queueMicrotask(() => {
        this.#tell('error', new Event('error'))
        this.#tell('close', new CloseEvent('close', { code: 1006 }))
      })
    }

    #adopt(socket: WebSocket): void {
      this.#socket = socket
      socket.binaryType = this.#binaryType
      for (const name of EVENTS) socket.addEventListener(name, (event) => this.#pass(name, event))
    }

    #pass(name: EventName, event: Event): void {
      if (event instanceof MessageEvent) {
        const isMended =
          patches.active && typeof event.data === 'string' && handshakes.mends(event.data, () => this.close())
        if (!isMended) this.#tell(name, new MessageEvent(name, { data: event.data, origin: event.origin }))
      } else if (event instanceof CloseEvent) {
        const { code, reason, wasClean } = event
        this.#tell(name, new CloseEvent(name, { code, reason, wasClean }))
      } else this.#tell(name, new Event(name))
    }

    #tell(name: EventName, event: Event): void {
      const handler = this[`on${name}`] as ((this: WebSocket, event: Event) => unknown) | null
      const handle = (event: Event) => handler?.call(this, event)
      this.addEventListener(name, handle, { once: true })
      this.dispatchEvent(event)
      this.removeEventListener(name, handle)
    }
  }
  // So that `instanceof WebSocket` holds.
  Object.setPrototypeOf(WebSocketInWaiting.prototype, Native.prototype)
  return WebSocketInWaiting
}
