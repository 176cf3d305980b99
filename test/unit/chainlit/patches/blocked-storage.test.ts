import { afterEach, describe, expect, it } from 'vitest'
import { replaceBlockedStorage } from '../../../../src/chainlit/patches/blocked-storage.js'
import { createPatches } from '../../../../src/chainlit/patches/patches.js'

const MARK = 'twodoor.11111111-2222-3333-4444-555555555555.signed-out'
const areas = ['localStorage', 'sessionStorage'] as const
const native = areas.map((area) => [area, Object.getOwnPropertyDescriptor(window, area)] as const)

afterEach(() => {
  for (const [area, descriptor] of native) if (descriptor) Object.defineProperty(window, area, descriptor)
})

/** As Chromium blocks it. */
function block(...blocked: (typeof areas)[number][]): void {
  for (const area of blocked) {
    const get = () => {
      throw new DOMException(`Failed to read the '${area}' property from 'Window': Access is denied.`, 'SecurityError')
    }
    Object.defineProperty(window, area, { get, configurable: true, enumerable: true })
  }
}

describe('storage that the browser blocks', () => {
  it.each(areas)('is replaced by one that lasts as long as the page (%s)', (area) => {
    block(...areas)
    replaceBlockedStorage(window, createPatches(), MARK)
    const storage = window[area]
    expect(window[area]).toBe(storage)
    expect(storage.getItem('vite-ui-theme')).toBeNull()
    storage.setItem('vite-ui-theme', 'dark')
    storage.setItem('userEnv', JSON.stringify({ KEY: 'x' }))
    storage.setItem('number', 1 as unknown as string)
    expect([storage.getItem('vite-ui-theme'), storage.getItem('number')]).toEqual(['dark', '1'])
    expect([storage.length, storage.key(0), storage.key(1), storage.key(9)]).toEqual([
      3,
      'vite-ui-theme',
      'userEnv',
      null,
    ])
    storage.removeItem('vite-ui-theme')
    storage.removeItem('nothing')
    expect([storage.getItem('vite-ui-theme'), storage.length]).toEqual([null, 2])
    storage.clear()
    expect(storage.length).toBe(0)
  })

  it('keeps the two apart, and names that are special', () => {
    block(...areas)
    replaceBlockedStorage(window, createPatches(), MARK)
    for (const name of ['__proto__', 'constructor', 'length', 'getItem', '']) {
      expect(window.localStorage.getItem(name)).toBeNull()
      window.localStorage.setItem(name, 'x')
      expect(window.localStorage.getItem(name)).toBe('x')
      expect(window.sessionStorage.getItem(name)).toBeNull()
    }
  })

  it('is null in some web views', () => {
    Object.defineProperty(window, 'localStorage', { value: null, configurable: true })
    const patches = createPatches()
    replaceBlockedStorage(window, patches, MARK)
    window.localStorage.setItem('a', 'b')
    expect(window.localStorage.getItem('a')).toBe('b')
    patches.restore()
    expect(window.localStorage).toBeNull()
  })

  it('is listed, and blocked again after the restore', () => {
    block('localStorage')
    const blocked = Object.getOwnPropertyDescriptor(window, 'localStorage')
    const patches = createPatches()
    replaceBlockedStorage(window, patches, MARK)
    expect(patches.list).toEqual(['window.localStorage (blocked by the browser)'])
    patches.restore()
    expect(Object.getOwnPropertyDescriptor(window, 'localStorage')).toEqual(blocked)
    expect(() => window.localStorage).toThrow('Access is denied')
  })

  it('is left alone where it is not', () => {
    const before = areas.map((area) => Object.getOwnPropertyDescriptor(window, area))
    const patches = createPatches()
    replaceBlockedStorage(window, patches, MARK)
    expect(patches.list).toEqual([])
    expect(areas.map((area) => Object.getOwnPropertyDescriptor(window, area))).toEqual(before)
  })

  it('works in a sandbox too, where even cookies throw', () => {
    block(...areas)
    const denied = () => {
      throw new DOMException("The document is sandboxed and lacks the 'allow-same-origin' flag.", 'SecurityError')
    }
    Object.defineProperty(document, 'cookie', { get: denied, set: denied, configurable: true })
    try {
      replaceBlockedStorage(window, createPatches(), MARK)
      window.localStorage.setItem(MARK, '1')
      expect(window.localStorage.getItem(MARK)).toBe('1')
      window.localStorage.removeItem(MARK)
      expect(window.localStorage.getItem(MARK)).toBeNull()
    } finally {
      Reflect.deleteProperty(document, 'cookie')
    }
  })
})

describe('the mark of whoever has signed out', () => {
  it('outlives the page in a cookie, and is the only thing that does', async () => {
    const { happyDOM } = window as unknown as { happyDOM: { setURL(url: string): void } }
    happyDOM.setURL('https://chat.contoso.example/')
    block(...areas)
    replaceBlockedStorage(window, createPatches(), MARK)
    window.localStorage.setItem('userEnv', 's3cret')
    expect(document.cookie).toBe('')
    window.localStorage.setItem(MARK, '1')
    expect(document.cookie).toBe(`${MARK}=1`)

    block(...areas)
    replaceBlockedStorage(window, createPatches(), MARK)
    expect([window.localStorage.getItem(MARK), window.localStorage.getItem('userEnv')]).toEqual(['1', null])
    window.localStorage.clear()
    await expect.poll(() => document.cookie).toBe('')
    window.localStorage.setItem(MARK, '1')
    window.localStorage.removeItem(MARK)
    await expect.poll(() => document.cookie).toBe('') // happy-dom counts in milliseconds
  })
})
