// Chainlit hands every message that its window receives to the server, as `window_message`. In Teams the answers of the
// host are such messages, and they hold tokens.

import type { Patches } from './patches.js'

/** Makes a call in which teams-js adds its own listeners: those hear everything. */
export type Exempt = <T>(call: () => T) => T

type Listener = EventListenerOrEventListenerObject

interface Bridge {
  addEventListener(...args: unknown[]): unknown
}

/**
 * Keeps the messages of the host from every `message` listener that is added from now on. Stopping them at the window
 * would break nested app auth, whose bridge begins to listen late.
 */
export function keepHostMessages(window: Window, patches: Patches): Exempt {
  const { addEventListener, removeEventListener } = window
  const wrappers = new WeakMap<object, EventListener>()
  let exemptions = 0

  function wrapperOf(listener: Listener): EventListener {
    const known = wrappers.get(listener)
    if (known) return known
    const wrapper = function (this: unknown, event: Event) {
      if (patches.active && isHostMessage(event as MessageEvent, window)) return
      if (typeof listener === 'function') listener.call(this as Window, event)
      else listener.handleEvent(event)
    }
    wrappers.set(listener, wrapper)
    return wrapper
  }

  function add(this: unknown, type: string, listener: Listener | null, options?: AddEventListenerOptions | boolean) {
    const isToWrap = type === 'message' && listener !== null && exemptions === 0 && patches.active
    const added = isToWrap ? wrapperOf(listener) : listener
    addEventListener.call((this ?? window) as Window, type, added as Listener, options)
  }

  /** A listener can have been added with and without a wrapper. */
  function remove(this: unknown, type: string, listener: Listener | null, options?: EventListenerOptions | boolean) {
    const wrapper = type === 'message' && listener ? wrappers.get(listener) : undefined
    if (wrapper) removeEventListener.call((this ?? window) as Window, type, wrapper, options)
    removeEventListener.call((this ?? window) as Window, type, listener as EventListener, options)
  }

  function exempt<T>(call: () => T): T {
    exemptions += 1
    try {
      const result = call()
      if (result instanceof Promise) result.then(exemptBridge, () => {})
      return result
    } finally {
      exemptions -= 1
    }
  }

  /** MSAL subscribes to the bridge of nested app auth, and that subscribes to the window. */
  function exemptBridge(): void {
    const { nestedAppAuthBridge: bridge } = window as { nestedAppAuthBridge?: Bridge }
    if (!bridge) return
    const { addEventListener: subscribe } = bridge
    const exempted = (...args: unknown[]) => exempt(() => subscribe.apply(bridge, args))
    patches.replace(bridge, 'addEventListener', exempted, 'window.nestedAppAuthBridge.addEventListener')
  }

  patches.replace(window, 'addEventListener', add as Window['addEventListener'], 'window.addEventListener')
  patches.replace(window, 'removeEventListener', remove as Window['removeEventListener'], 'window.removeEventListener')
  return exempt
}

/**
 * Whether a message is of the protocol between teams-js and its host: from a window that can be the host, and an object
 * with `args` (every answer, and nested app auth) or `func` (every event). Not from this window: an app talks to itself.
 */
function isHostMessage({ source, data }: MessageEvent, window: Window): boolean {
  if (source === null || source === window || ![window.parent, window.top, window.opener].includes(source)) return false
  return typeof data === 'object' && data !== null && ('args' in data || 'func' in data)
}
