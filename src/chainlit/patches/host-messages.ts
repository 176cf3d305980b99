// Chainlit sends every message that its window receives to the server, as `window_message`. In Teams the answers of the
// host are such messages, and they hold tokens: the patched `addEventListener` keeps them from Chainlit.

import { globalOf, isKnownHost } from '../twodoor.js'
import type { Patches } from './patches.js'

/** Makes a call in which teams-js adds its own listeners, which get every message. */
export type Exempt = <T>(call: () => T) => T

type MessageListener = EventListenerOrEventListenerObject
type AddOptions = AddEventListenerOptions | boolean | undefined
type RemoveOptions = EventListenerOptions | boolean | undefined

/** What is added in place of a listener, and how. */
interface Wrapper {
  readonly onMessage: EventListener
  options: AddOptions
}

interface NestedAuthBridge {
  addEventListener(...args: unknown[]): unknown
}

/**
 * Keeps the messages of the host from every `message` listener that is added from now on. Stopping them at the window
 * would break nested app auth, whose bridge begins to listen late.
 */
export function keepHostMessages(window: Window, patches: Patches): Exempt {
  const { addEventListener, removeEventListener } = window
  /** One for each phase: a listener can be added once for each. */
  const capturing = new WeakMap<MessageListener, Wrapper>()
  const bubbling = new WeakMap<MessageListener, Wrapper>()
  let exemptions = 0
  let exemptedBridge: NestedAuthBridge | undefined

  function wrappersOf(options: RemoveOptions): WeakMap<MessageListener, Wrapper> {
    return (typeof options === 'object' ? options?.capture : options) ? capturing : bubbling
  }

  function wrapperOf(listener: MessageListener, options: AddOptions): Wrapper {
    const ofPhase = wrappersOf(options)
    const known = ofPhase.get(listener)
    if (known) return known
    const wrapper: Wrapper = { onMessage, options }
    function onMessage(this: unknown, event: Event): void {
      if (patches.active && isHostMessage(event as MessageEvent, window)) addAgain(wrapper, event)
      else if (typeof listener === 'function') listener.call(this as Window, event)
      else listener.handleEvent(event)
    }
    ofPhase.set(listener, wrapper)
    return wrapper
  }

  function patchedAdd(this: unknown, type: string, listener: MessageListener | null, options?: AddOptions) {
    const isToWrap = type === 'message' && isListener(listener) && exemptions === 0 && patches.active
    if (!isToWrap) return addEventListener.call((this ?? window) as Window, type, listener as MessageListener, options)
    const wrapper = wrapperOf(listener, options)
    wrapper.options = options
    addEventListener.call((this ?? window) as Window, type, wrapper.onMessage, options)
  }

  /** A message that was kept from the listener must not use up its `once`. For all others this does nothing. */
  function addAgain({ onMessage, options }: Wrapper, { currentTarget }: Event): void {
    addEventListener.call(currentTarget as Window, 'message', onMessage, options)
  }

  /** A listener can have been added with and without a wrapper. */
  function patchedRemove(this: unknown, type: string, listener: MessageListener | null, options?: RemoveOptions) {
    const wrapper = type === 'message' && isListener(listener) ? wrappersOf(options).get(listener) : undefined
    if (wrapper) removeEventListener.call((this ?? window) as Window, type, wrapper.onMessage, options)
    removeEventListener.call((this ?? window) as Window, type, listener as MessageListener, options)
  }

  function exempt<T>(call: () => T): T {
    exemptions += 1
    try {
      const result = call()
      // A call that fails has made no bridge. A bridge that cannot be changed is left as it is.
      if (result instanceof Promise) result.then(exemptBridge).catch(() => {})
      return result
    } finally {
      exemptions -= 1
    }
  }

  /** MSAL subscribes to the bridge of nested app auth, and that subscribes to the window. */
  function exemptBridge(): void {
    const bridge = globalOf<NestedAuthBridge>(window, 'nestedAppAuthBridge')
    if (!bridge || bridge === exemptedBridge) return
    exemptedBridge = bridge
    const { addEventListener: subscribe } = bridge
    const exempted = (...args: unknown[]) => exempt(() => subscribe.apply(bridge, args))
    patches.replace(bridge, 'addEventListener', exempted, 'window.nestedAppAuthBridge')
  }

  patches.replace(window, 'addEventListener', patchedAdd as Window['addEventListener'], 'window')
  patches.replace(window, 'removeEventListener', patchedRemove as Window['removeEventListener'], 'window')
  return exempt
}

/** Anything else is for the browser to refuse, or to ignore. */
function isListener(value: unknown): value is MessageListener {
  return typeof value === 'function' || (typeof value === 'object' && value !== null)
}

/**
 * The events of teams-js (2.58, `registerHandler`) whose names have no dot, without those of menus, settings and focus; and
 * those of a sign-in window, whose arguments are the result of the sign-in.
 */
const TEAMS_EVENT = /^(load|beforeUnload|(messageFor|appButton)[A-Z].+|.+(Change|Press)|authentication\..+)$/
/** A signed token, an answer of nested app auth, or a property whose name ends in "token", in JSON within JSON too. */
const TOKEN_LIKE = /eyJ[\w-]+\.|NestedAppAuth|token\\*":/i

/**
 * Whether a message belongs to the protocol between teams-js and its host: it comes from a window that can be the host, and
 * is an answer, an event of teams-js, or anything that can hold a token. A message of the app may have `args` or `func` too,
 * and an app sends messages to its own window.
 */
function isHostMessage({ source, origin, data }: MessageEvent, window: Window): boolean {
  if (source === null || source === window || ![window.parent, window.top, window.opener].includes(source)) return false
  if (typeof data !== 'object' || data === null || !('args' in data || 'func' in data)) return false
  const { args, func } = data as { args?: unknown; func?: unknown }
  // teams-js finds the request by one of the two; old hosts leave out the second.
  if (Array.isArray(args) && ('id' in data || 'uuidAsString' in data)) return true
  return (typeof func === 'string' && isTeamsEvent(func, origin)) || canHoldToken(data)
}

/** Microsoft's own hosts name their other events, and those to come, with a dot: `meeting.micStateChanged`. */
function isTeamsEvent(func: string, origin: string): boolean {
  return TEAMS_EVENT.test(func) || (func.includes('.') && isKnownHost(origin))
}

function canHoldToken(data: object): boolean {
  try {
    return TOKEN_LIKE.test(JSON.stringify(data))
  } catch {
    return true
  }
}
