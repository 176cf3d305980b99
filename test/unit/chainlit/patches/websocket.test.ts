import { expect, it, vi } from 'vitest'
import type { Handshakes } from '../../../../src/chainlit/handshake.js'
import { createPatches } from '../../../../src/chainlit/patches/patches.js'
import { patchWebSocket } from '../../../../src/chainlit/patches/websocket.js'

/** Its handlers are accessors of the prototype that refuse every other object, as in browsers. */
class BrowserWebSocket extends EventTarget {
  #onopen: unknown = null
  get onopen() {
    return this.#onopen
  }
  set onopen(handler) {
    this.#onopen = handler
  }
}

it('the substitute has handlers of its own, where those of a real WebSocket refuse it', async () => {
  const patches = createPatches()
  const purposeOf = () => 'handshake' as const
  const handshakes = { purposeOf, whenReady: async () => {} } as unknown as Handshakes
  const page = { document, WebSocket: BrowserWebSocket as unknown as typeof WebSocket } as Window & {
    WebSocket: typeof WebSocket
  }
  patchWebSocket(page, handshakes, patches)
  const socket = new page.WebSocket('wss://chat.contoso.example/ws/socket.io/')
  expect([socket.onopen, socket.onmessage, socket.onerror, socket.onclose]).toEqual([null, null, null, null])
  const onopen = vi.fn()
  socket.onopen = onopen
  expect([socket.onopen, socket instanceof page.WebSocket]).toEqual([onopen, true])
  patches.restore()
})
