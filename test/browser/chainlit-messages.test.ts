import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Exempt, keepHostMessages } from '../../src/chainlit/patches/host-messages.js'
import { createPatches, type Patches } from '../../src/chainlit/patches/patches.js'
import { deferred } from './chainlit-world.js'

// The page is a frame of this one, so that messages come from where they come from in a host: parent, top and others.

type Page = Window & typeof globalThis & { nestedAppAuthBridge?: object }

const answer = { id: 1, uuidAsString: 'x', args: [true, 'eyJ.T0KEN'] }
const event = { func: 'themeChange', args: ['dark'] }
const nested = { args: ['x', '{"messageType":"NestedAppAuthResponse","token":"T0KEN"}'] }
const hostMessages: object[] = [
  ...[answer, event, nested],
  // Without the one or the other: hosts that are older than the uuid, and what may come after the number.
  ...[
    { id: 1, args: [] },
    { uuidAsString: 'x', args: ['T0KEN'] },
    { id: '1', args: ['T0KEN'], type: 'app' },
  ],
  ...['load', 'contextChange', 'backButtonPress', 'messageForChild'].map((func) => ({ func, args: [] })),
  { func: 'authentication.authenticate.success', args: ['T0KEN'] },
  // Whatever it is, it holds what can be a token.
  { func: 'greet', args: [{ deep: ['eyJhbGciOiJSUzI1NiJ9.eyJ0aWQiOiIxIn0.c2ln'] }] },
  { func: 'greet', accessToken: 'T0KEN' },
  { args: { access_token: 'T0KEN' } },
  { args: ['{"nested":"{\\"id_token\\":\\"T0KEN\\"}"}'] },
  { func: 'greet', args: [1n] },
]
const appMessages: unknown[] = [
  'Client: hello',
  { type: 'app' },
  7,
  null,
  undefined,
  ['args'],
  { id: 1 },
  '{"args":[1]}',
  // What only looks like a message of teams-js.
  { func: 'greet', args: ['hi'] },
  { func: 'cart.add', payload: 7 },
  { func: 'loaded' },
  { args: [] },
  { args: undefined },
  { args: { text: 'hi' }, id: 1 },
  { type: 'app', id: 1, func: 'open', args: { page: 2 } },
  { func: 'count', maxTokens: 5 },
]

let frames: HTMLIFrameElement[]
let page: Page
let patches: Patches
let exempt: Exempt

beforeEach(() => {
  frames = []
  page = addFrame()
  patches = createPatches()
  exempt = keepHostMessages(page, patches)
})

afterEach(() => {
  patches.restore()
  for (const frame of frames) frame.remove()
})

function addFrame(): Page {
  const frame = document.createElement('iframe')
  frames.push(frame)
  document.body.append(frame)
  return frame.contentWindow as Page
}

/** Sends as a script of that window would, and waits until the page has it. */
async function send(from: Window, ...messages: unknown[]): Promise<void> {
  const { Function: build } = from as Page
  const post = build('page', 'message', 'page.postMessage(message, "*")')
  for (const message of messages) post(page, message)
  const last = new MessageChannel()
  const arrived = new Promise((resolve) => {
    last.port1.onmessage = resolve
  })
  // A message to itself comes after those that were sent before.
  const { promise, resolve } = deferred()
  const native = EventTarget.prototype.addEventListener
  native.call(page, 'message', (({ data }: MessageEvent) => data === 'the end' && resolve()) as EventListener)
  build('page', 'page.postMessage("the end", "*")')(page)
  last.port2.postMessage('')
  await Promise.all([arrived, promise])
}

/** A listener with what it has heard. */
function ear() {
  const heard: unknown[] = []
  const hear = ({ data }: MessageEvent) => {
    if (data !== 'the end') heard.push(data)
  }
  return { heard, hear }
}

describe('messages of the host', () => {
  it.each<[string, () => Window]>([
    ['its parent', () => window],
    ['its top', () => window.top as Window],
    [
      'its opener',
      () => {
        const opener = addFrame()
        page.opener = opener
        return opener
      },
    ],
  ])('never reach a listener from %s, and those of the app do', async (_, from) => {
    const { heard, hear } = ear()
    page.addEventListener('message', hear)
    await send(from(), ...hostMessages, ...appMessages)
    expect(heard).toEqual(appMessages)
  })

  it.each<[string, () => Window]>([
    ['the page itself', () => page],
    ['another frame', () => addFrame()],
  ])('are none if they come from %s', async (_, from) => {
    const { heard, hear } = ear()
    page.addEventListener('message', hear)
    await send(from(), ...hostMessages)
    expect(heard).toEqual(hostMessages)
  })

  it('are all that have the form of an event of theirs, from a host of Microsoft', () => {
    const { heard, hear } = ear()
    page.addEventListener('message', hear)
    const say = (origin: string, data: unknown) =>
      page.dispatchEvent(new MessageEvent('message', { data, origin, source: window }))
    for (const origin of ['https://teams.microsoft.com', 'https://outlook.cloud.microsoft', 'https://portal.example']) {
      say(origin, { func: 'meeting.micStateChanged', args: [true] })
      say(origin, { func: 'greet', args: [origin] })
    }
    expect(heard).toEqual([
      { func: 'greet', args: ['https://teams.microsoft.com'] },
      { func: 'greet', args: ['https://outlook.cloud.microsoft'] },
      { func: 'meeting.micStateChanged', args: [true] },
      { func: 'greet', args: ['https://portal.example'] },
    ])
  })

  it('are none without a source', () => {
    const { heard, hear } = ear()
    page.addEventListener('message', hear)
    page.dispatchEvent(new page.MessageEvent('message', { data: answer }))
    page.dispatchEvent(new MessageEvent('message', { data: answer, source: null }))
    expect(heard).toEqual([answer, answer])
  })

  it('reach a listener from before', async () => {
    const other = addFrame()
    const { heard, hear } = ear()
    other.addEventListener('message', hear)
    keepHostMessages(other, patches)
    other.dispatchEvent(new MessageEvent('message', { data: answer, source: window }))
    expect(heard).toEqual([answer])
  })

  it('do not reach other events, nor other targets', () => {
    const heard: string[] = []
    page.addEventListener('custom', () => heard.push('custom'))
    page.dispatchEvent(new Event('custom'))
    const target = new EventTarget()
    page.addEventListener.call(target as Window, 'message', () => heard.push('target'))
    target.dispatchEvent(new MessageEvent('message', { data: 'x' }))
    expect(heard).toEqual(['custom', 'target'])
  })
})

describe('a listener', () => {
  it('can be an object, whose method is looked up when it is called', async () => {
    const { heard, hear } = ear()
    const listener = { heard, handleEvent: (_: Event) => {} }
    page.addEventListener('message', listener)
    listener.handleEvent = function (this: unknown, event: Event) {
      expect(this).toBe(listener)
      hear(event as MessageEvent)
    }
    await send(window, answer, 'a')
    expect(heard).toEqual(['a'])
    page.removeEventListener('message', listener)
    await send(window, 'b')
    expect(heard).toEqual(['a'])
  })

  it('is called on the window, with the event itself', async () => {
    const seen: unknown[] = []
    page.addEventListener('message', function (this: unknown, event) {
      if (event.data === 'a') seen.push(this === page, event.isTrusted, event.source === window)
    })
    await send(window, 'a')
    expect(seen).toEqual([true, true, true])
  })

  it('that wants to hear once hears the first that is for it', async () => {
    const { heard, hear } = ear()
    page.addEventListener('message', hear, { once: true })
    await send(window, answer, event, 'a', 'b')
    expect(heard).toEqual(['a'])
  })

  it('that wants to hear once can be taken away before', async () => {
    const { heard, hear } = ear()
    page.addEventListener('message', hear, { once: true })
    await send(window, answer)
    page.removeEventListener('message', hear)
    await send(window, 'a')
    expect(heard).toEqual([])
  })

  it('that wants to hear once in each phase hears twice', async () => {
    const { heard, hear } = ear()
    page.addEventListener('message', hear, { once: true })
    page.addEventListener('message', hear, { once: true, capture: true })
    await send(window, answer, 'a', 'b')
    expect(heard).toEqual(['a', 'a'])
  })

  it('with a signal is gone when that is aborted', async () => {
    const { heard, hear } = ear()
    const gone = new AbortController()
    page.addEventListener('message', hear, { signal: gone.signal })
    page.addEventListener('message', hear, { signal: gone.signal, once: true, capture: true })
    await send(window, answer)
    gone.abort()
    await send(window, 'a', answer, 'b')
    expect(heard).toEqual([])
  })

  it('that is added twice hears once, and is taken away at once', async () => {
    const { heard, hear } = ear()
    page.addEventListener('message', hear)
    page.addEventListener('message', hear, false)
    page.addEventListener('message', hear, { passive: true })
    await send(window, 'a')
    expect(heard).toEqual(['a'])
    page.removeEventListener('message', hear)
    await send(window, 'b')
    expect(heard).toEqual(['a'])
  })

  it('of the capture phase is another one', async () => {
    const { heard, hear } = ear()
    page.addEventListener('message', hear)
    page.addEventListener('message', hear, true)
    await send(window, answer, 'a')
    expect(heard).toEqual(['a', 'a'])
    page.removeEventListener('message', hear, { capture: true })
    await send(window, 'b')
    expect(heard).toEqual(['a', 'a', 'b'])
    page.removeEventListener('message', hear)
    await send(window, 'c')
    expect(heard).toEqual(['a', 'a', 'b'])
  })

  it('from before can be taken away', async () => {
    const other = addFrame()
    const { heard, hear } = ear()
    other.addEventListener('message', hear)
    keepHostMessages(other, patches)
    other.removeEventListener('message', hear)
    other.dispatchEvent(new MessageEvent('message', { data: 'a' }))
    expect(heard).toEqual([])
  })

  it('that takes itself away hears no more', async () => {
    const heard: unknown[] = []
    function hear({ data }: MessageEvent) {
      heard.push(data)
      page.removeEventListener('message', hear)
    }
    page.addEventListener('message', hear)
    await send(window, answer, 'a', 'b')
    expect(heard).toEqual(['a'])
  })

  it('that is none is for the browser to ignore or to refuse', () => {
    const add = page.addEventListener as (...args: unknown[]) => void
    const native = EventTarget.prototype.addEventListener as (...args: unknown[]) => void
    for (const listener of [null, undefined]) expect(() => add.call(page, 'message', listener)).not.toThrow()
    for (const listener of ['x', 1, true]) {
      expect(() => native.call(page, 'message', listener)).toThrow(/not of type/)
      expect(() => add.call(page, 'message', listener)).toThrow(/not of type/)
    }
  })
})

describe('a listener that is added around the host', () => {
  it('hears everything', async () => {
    const { heard, hear } = ear()
    exempt(() => page.addEventListener('message', hear))
    await send(window, answer, 'a')
    expect(heard).toEqual([answer, 'a'])
    page.removeEventListener('message', hear)
    await send(window, answer)
    expect(heard).toEqual([answer, 'a'])
  })

  it('is the only one: what is added meanwhile, or after a failure, is not', async () => {
    const { heard, hear } = ear()
    const pending = deferred()
    const call = exempt(() => pending.promise)
    page.addEventListener('message', hear)
    expect(() =>
      exempt(() => {
        throw new Error('of teams-js')
      }),
    ).toThrow('of teams-js')
    const other = ear()
    page.addEventListener('message', other.hear)
    pending.resolve()
    await call
    await send(window, answer, 'a')
    expect([heard, other.heard]).toEqual([['a'], ['a']])
  })

  it('can be added without and with, and is taken away in both ways', async () => {
    const { heard, hear } = ear()
    exempt(() => page.addEventListener('message', hear))
    page.addEventListener('message', hear)
    await send(window, answer)
    expect(heard).toEqual([answer])
    page.removeEventListener('message', hear)
    await send(window, answer, 'a')
    expect(heard).toEqual([answer])
  })

  it('gives back what the call gives back, a failure included', async () => {
    expect(exempt(() => 7)).toBe(7)
    const failure = Promise.reject(new Error('of teams-js'))
    expect(exempt(() => failure)).toBe(failure)
    await expect(failure).rejects.toThrow('of teams-js')
  })
})

describe('the bridge of nested app auth', () => {
  /** Made by teams-js during `initialize`, as a listener of the window. */
  async function withBridge(change: (bridge: object) => object = (bridge) => bridge) {
    const bridge = change({
      addEventListener: (type: string, hear: EventListener) => page.addEventListener(type, hear),
    })
    await exempt(async () => {
      page.nestedAppAuthBridge = bridge
    })
    return bridge as { addEventListener(type: string, hear: unknown): void }
  }

  it('hears the host, whenever MSAL subscribes to it', async () => {
    const bridge = await withBridge()
    const { heard, hear } = ear()
    bridge.addEventListener('message', hear)
    const app = ear()
    page.addEventListener('message', app.hear)
    await send(window, nested, 'a')
    expect(heard).toEqual([nested, 'a'])
    expect(app.heard).toEqual(['a'])
  })

  it('is changed once, listed, and put back', async () => {
    const bridge = await withBridge()
    const { addEventListener: changed } = bridge
    await exempt(async () => {})
    await exempt(async () => {})
    expect(bridge.addEventListener).toBe(changed)
    expect(patches.list).toEqual([
      'window.addEventListener',
      'window.removeEventListener',
      'window.nestedAppAuthBridge.addEventListener',
    ])
    patches.restore()
    expect(bridge.addEventListener).not.toBe(changed)
  })

  it('is left to a host that does not let it be changed', async () => {
    await withBridge(Object.freeze)
    expect(patches.list).toHaveLength(2)
  })

  it('is not changed any more after the restore', async () => {
    const pending = deferred()
    const call = exempt(() => pending.promise)
    patches.restore()
    const subscribe = () => {}
    page.nestedAppAuthBridge = { addEventListener: subscribe }
    pending.resolve()
    await call
    await Promise.resolve()
    expect(page.nestedAppAuthBridge).toEqual({ addEventListener: subscribe })
    expect(patches.list).toEqual([])
  })
})

describe('after the restore', () => {
  it('everybody hears everything, and the window is as it was', async () => {
    const { heard, hear } = ear()
    page.addEventListener('message', hear)
    const { addEventListener: held, removeEventListener: letGo } = page
    patches.restore()
    expect(Object.hasOwn(page, 'addEventListener')).toBe(false)
    expect(Object.hasOwn(page, 'removeEventListener')).toBe(false)
    await send(window, answer, 'a')
    expect(heard).toEqual([answer, 'a'])
    const late = ear()
    held.call(page, 'message', late.hear as EventListener)
    await send(window, answer)
    expect(late.heard).toEqual([answer])
    letGo.call(page, 'message', hear as EventListener)
    await send(window, 'b')
    expect(heard).toEqual([answer, 'a', answer])
  })
})
