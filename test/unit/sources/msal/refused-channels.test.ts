import { afterEach, describe, expect, it, vi } from 'vitest'
import { hideRefusedChannels } from '../../../../src/sources/msal/refused-channels.js'

afterEach(() => vi.unstubAllGlobals())

class Refused {
  constructor() {
    throw new DOMException('The operation is insecure.', 'SecurityError')
  }
}

describe('channels that the browser refuses', () => {
  it('are hidden until the undo', () => {
    vi.stubGlobal('BroadcastChannel', Refused)
    const showAgain = hideRefusedChannels()
    expect(typeof BroadcastChannel).toBe('undefined')
    showAgain()
    expect(BroadcastChannel).toBe(Refused)
  })

  it('are hidden until the last of several undos, whatever their order', () => {
    vi.stubGlobal('BroadcastChannel', Refused)
    const [first, second, third] = [hideRefusedChannels(), hideRefusedChannels(), hideRefusedChannels()]
    for (const showAgain of [first, third]) {
      showAgain()
      expect(typeof BroadcastChannel).toBe('undefined')
    }
    second()
    expect(BroadcastChannel).toBe(Refused)
  })
})

describe('with a second copy of twodoor on the page', () => {
  it.each(['first', 'last'])('the class is there afterwards where the copy that came first ends %s', async (end) => {
    vi.stubGlobal('BroadcastChannel', Refused)
    vi.resetModules()
    const copy = await import('../../../../src/sources/msal/refused-channels.js')
    const undos = [hideRefusedChannels(), copy.hideRefusedChannels()]
    for (const showAgain of end === 'first' ? undos : undos.reverse()) showAgain()
    expect(BroadcastChannel).toBe(Refused)
  })
})

describe('without any channels', () => {
  it('nothing is added to the page', () => {
    vi.stubGlobal('BroadcastChannel', undefined)
    Reflect.deleteProperty(globalThis, 'BroadcastChannel')
    hideRefusedChannels()()
    expect('BroadcastChannel' in globalThis).toBe(false)
  })
})

describe('channels that the browser opens', () => {
  it('stay what they are, and none is left open', () => {
    const close = vi.fn()
    class Opened {
      close = close
    }
    vi.stubGlobal('BroadcastChannel', Opened)
    const showAgain = hideRefusedChannels()
    expect(BroadcastChannel).toBe(Opened)
    showAgain()
    expect(BroadcastChannel).toBe(Opened)
    expect(close).toHaveBeenCalledOnce()
  })
})
