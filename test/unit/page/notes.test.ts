import { beforeEach, describe, expect, it } from 'vitest'
import { createNote, type StorageArea } from '../../../src/page/notes.js'

const both: StorageArea[] = ['localStorage', 'sessionStorage']

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
})

/** A storage that throws where a browser's would. */
function brokenStorage(broken: { set?: () => boolean; get?: () => boolean; remove?: () => boolean }): Storage {
  const values = new Map<string, string>()
  const refuse = (when?: () => boolean) => {
    if (when?.()) throw new DOMException('no', 'QuotaExceededError')
  }
  return {
    getItem(key: string) {
      refuse(broken.get)
      return values.get(key) ?? null
    },
    setItem(key: string, value: string) {
      refuse(broken.set)
      values.set(key, value)
    },
    removeItem(key: string) {
      refuse(broken.remove)
      values.delete(key)
    },
  } as Storage
}

const windowWith = (storages: Partial<Record<StorageArea, Storage | null>>) => storages as unknown as Window

/** Blocked by a setting of the browser: the property itself throws. */
const blocked = {
  get localStorage(): Storage {
    throw new DOMException('denied', 'SecurityError')
  },
  get sessionStorage(): Storage {
    throw new DOMException('denied', 'SecurityError')
  },
} as unknown as Window

describe('a note', () => {
  it('outlives the page, for its own application only', () => {
    createNote(window, 'client-a', 'note', both).write('1')
    expect(createNote(window, 'client-a', 'note', both).read()).toBe('1')
    expect(createNote(window, 'client-b', 'note', both).read()).toBeUndefined()
    expect(createNote(window, 'client-a', 'other', both).read()).toBeUndefined()
  })

  it('is removed without a trace', () => {
    const note = createNote(window, 'client-a', 'note', both)
    note.write('1')
    note.write(undefined)
    expect(note.read()).toBeUndefined()
    expect(localStorage.length + sessionStorage.length).toBe(0)
  })

  it('writes nothing before it is asked to', () => {
    createNote(window, 'client-a', 'note', both)
    expect(localStorage.length + sessionStorage.length).toBe(0)
  })

  it('takes the next area where the first is blocked', () => {
    const page = {
      get localStorage(): Storage {
        throw new DOMException('denied', 'SecurityError')
      },
      sessionStorage,
    } as unknown as Window
    const note = createNote(page, 'client-a', 'note', both)
    expect(note.lasting).toBe(true)
    note.write('1')
    expect(sessionStorage.length).toBe(1)
  })

  it.each([
    ['throws when touched', blocked],
    ['is not there', windowWith({})],
    ['is null, as in some web views', windowWith({ localStorage: null, sessionStorage: null })],
    [
      'throws when written',
      windowWith({
        localStorage: brokenStorage({ set: () => true }),
        sessionStorage: brokenStorage({ set: () => true }),
      }),
    ],
  ])('lives as long as the page where storage %s', (_, page) => {
    const note = createNote(page, 'client-a', 'note', both)
    expect(note.lasting).toBe(false)
    expect(note.read()).toBeUndefined()
    note.write('1')
    expect(note.read()).toBe('1')
    note.write(undefined)
    expect(note.read()).toBeUndefined()
  })

  it('never throws where storage fails later', () => {
    let failing = false
    const storage = brokenStorage({ set: () => failing, get: () => failing, remove: () => failing })
    const note = createNote(windowWith({ localStorage: storage }), 'client-a', 'note', both)
    note.write('old')
    failing = true
    note.write('new')
    expect(note.read()).toBe('new')
    expect(note.lasting).toBe(false)
    note.write(undefined)
    expect(note.read()).toBeUndefined()
  })

  it('does not come back with an older value where storage was full for a while', () => {
    let full = false
    const storage = brokenStorage({ set: () => full })
    const note = createNote(windowWith({ localStorage: storage }), 'client-a', 'note', both)
    note.write('old')
    full = true
    note.write('new')
    full = false
    expect(note.read()).toBe('new')
  })

  it('lasts again from the next write on that finds room', () => {
    let full = true
    const storage = brokenStorage({ set: () => full })
    const page = windowWith({ localStorage: storage })
    const note = createNote(page, 'client-a', 'note', both)
    note.write('1')
    full = false
    expect([note.lasting, note.read()]).toEqual([false, '1'])
    note.write('2')
    expect([note.lasting, note.read()]).toEqual([true, '2'])
    expect(createNote(page, 'client-a', 'note', both).read()).toBe('2')
  })
})
