import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createSignedOutFlag } from '../../../src/page/signed-out-flag.js'
import { watchSignedOutFlag } from '../../../src/page/watch-signed-out.js'

const clientId = '11111111-2222-3333-4444-555555555555'
const key = `twodoor.${clientId}.signed-out`

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
})

describe('the flag of a sign-out', () => {
  it('is set with the time, in the storage that all tabs share, and cleared', () => {
    const before = Date.now()
    const flag = createSignedOutFlag(window, clientId)
    expect([flag.isSet(), flag.at(), flag.atFirst]).toEqual([false, 0, 0])
    flag.set()
    expect(flag.isSet()).toBe(true)
    expect(flag.at()).toBeGreaterThanOrEqual(before)
    expect(localStorage.getItem(key)).toBe(`${flag.at()}`)
    flag.clear()
    expect([flag.isSet(), localStorage.length, sessionStorage.length]).toEqual([false, 0, 0])
  })

  it('says when the page found it set', () => {
    localStorage.setItem(key, '1700000000000')
    const flag = createSignedOutFlag(window, clientId)
    flag.clear()
    expect([flag.atFirst, flag.at()]).toEqual([1_700_000_000_000, 0])
  })

  it('is kept for the tab where only that can be written', () => {
    const blocked = {
      sessionStorage,
      get localStorage(): Storage {
        throw new DOMException('denied', 'SecurityError')
      },
    } as unknown as Window
    createSignedOutFlag(blocked, clientId).set()
    expect(sessionStorage.getItem(key)).not.toBeNull()
    expect(createSignedOutFlag(blocked, clientId).isSet()).toBe(true)
  })
})

describe('another tab', () => {
  const change = (name: string | null, newValue: string | null) =>
    window.dispatchEvent(new StorageEvent('storage', { key: name, newValue }))

  it('is heard when it sets or clears the flag of this client ID, until that is undone', () => {
    const heard = vi.fn()
    const undo = watchSignedOutFlag(window, clientId, heard)
    change(key, '1700000000000')
    change(key, null)
    expect(heard.mock.calls).toEqual([[true], [false]])
    change('twodoor.another.signed-out', '1')
    change(null, null)
    undo()
    change(key, '1700000000001')
    expect(heard).toHaveBeenCalledTimes(2)
  })
})
