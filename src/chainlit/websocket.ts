// Socket.IO's WebSocket transport. A WebSocket connects as soon as it is made, so one that has to wait is stood in for.

import type { Handshakes } from './handshake.js'
import type { Patches } from './patches.js'

type WebSocketWindow = Window & { WebSocket: typeof WebSocket }

export function patchWebSocket(window: WebSocketWindow, handshakes: Handshakes, patches: Patches): void {
  const Native = window.WebSocket
  const Standing = standInFor(Native, handshakes)

  const patched: typeof WebSocket = new Proxy(Native, {
    construct(target, [address, ...more]: [string | URL, ...unknown[]], newTarget): object {
      const kind = patches.active ? handshakes.kindOf(address) : undefined
      if (!kind) return Reflect.construct(target, [address, ...more], newTarget === patched ? target : newTarget)
      const wait = kind === 'handshake' ? handshakes.ready() : undefined
      return new Standing(() => Reflect.construct(target, [address, ...more]) as WebSocket, String(address), wait)
    },
  })
  patches.replace(window, 'WebSocket', patched, 'window.WebSocket')
}

const EVENTS = ['open', 'message', 'error', 'close'] as const
type EventName = (typeof EVENTS)[number]

/** Everything that Engine.IO uses of a WebSocket, and the rest of its interface. */
function standInFor(Native: typeof WebSocket, handshakes: Handshakes) {
  return class WebSocketInWaiting extends EventTarget implements WebSocket {
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
      if (wait !== undefined) wait.then(begin, begin)
      else begin()
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
      if (this.#socket || this.#isClosed) return
      this.#isClosed = true
      queueMicrotask(() => this.#tell('close', new CloseEvent('close', { code: 1006 })))
    }

    #adopt(socket: WebSocket): void {
      this.#socket = socket
      socket.binaryType = this.#binaryType
      for (const name of EVENTS) socket.addEventListener(name, (event) => this.#pass(name, event))
    }

    #pass(name: EventName, event: Event): void {
      if (event instanceof MessageEvent) {
        const isMended = typeof event.data === 'string' && handshakes.mends(event.data, () => this.close())
        if (!isMended) this.#tell(name, new MessageEvent(name, { data: event.data, origin: event.origin }))
      } else if (event instanceof CloseEvent) {
        const { code, reason, wasClean } = event
        this.#tell(name, new CloseEvent(name, { code, reason, wasClean }))
      } else this.#tell(name, new Event(name))
    }

    #tell(name: EventName, event: Event): void {
      const handler = this[`on${name}`] as ((this: WebSocket, event: Event) => unknown) | null
      if (handler) this.addEventListener(name, handler, { once: true })
      this.dispatchEvent(event)
      if (handler) this.removeEventListener(name, handler)
    }
  }
}
