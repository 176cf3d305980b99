import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  afterWaiting,
  createLock,
  type Lock,
  turnTimeoutMs,
  type WaitResult,
} from '../../../../src/sources/msal/lock.js'
import { fakeWindow } from '../../fake-window.js'

const VISIBLE_TO_OTHERS_AFTER_MS = 30

const never = () => false

describe('a tab that waits for its turn', () => {
  it.each([
    [0, 8_000],
    [0.5, 10_000],
    [1, 12_000],
  ])('with the random number %d has patience for %d ms', (random, ms) => {
    expect(turnTimeoutMs(random)).toBe(ms)
  })

  it.each<[WaitResult, ReturnType<typeof afterWaiting>]>([
    [{ hasBegun: true, isTimeout: true, hasQueueMoved: true }, 'done'],
    [{ hasBegun: true, isTimeout: false, hasQueueMoved: false }, 'done'],
    [{ hasBegun: false, isTimeout: false, hasQueueMoved: false }, 'run'],
    [{ hasBegun: false, isTimeout: false, hasQueueMoved: true }, 'run'],
    [{ hasBegun: false, isTimeout: true, hasQueueMoved: true }, 'wait'],
    [{ hasBegun: false, isTimeout: true, hasQueueMoved: false }, 'steal'],
  ])('after %o: %s', (waited, next) => {
    expect(afterWaiting(waited)).toBe(next)
  })
})

describe('a browser without usable locks', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    ['has none', undefined],
    ['refuses them', { request: () => Promise.reject(new DOMException('no', 'SecurityError')) }],
    [
      'throws at once',
      {
        request() {
          throw new DOMException('no', 'InvalidStateError')
        },
      },
    ],
  ])('that %s leaves each tab on its own', async (_, locks) => {
    const { window } = fakeWindow()
    Object.assign(window.navigator, { locks })
    const lock = createLock(window, 'client')
    expect(await lock(async () => 1, never)).toBe(1)
    await expect(lock(() => Promise.reject(new Error('own')), never)).rejects.toThrow('own')
  })

  it('finishes what it has begun where its turn is taken away', async () => {
    const { window } = fakeWindow()
    const request = async (_: string, __: object, run: () => Promise<void>) => {
      void run()
      throw new DOMException('stolen', 'AbortError')
    }
    Object.assign(window.navigator, { locks: { request } })
    const use = vi.fn(async () => 1)
    expect(await createLock(window, 'client')(use, never)).toBe(1)
    expect(use).toHaveBeenCalledTimes(1)
  })

  it.each(['throws', 'rejects', 'throws at once'])(
    'goes on where it can take the turn of nobody, and the browser %s',
    async (how) => {
      const { window } = fakeWindow()
      const request = (name: string, { steal }: LockOptions) => {
        if (how === 'throws at once' && name.endsWith('.steal')) throw new DOMException('no', 'InvalidStateError')
        if (steal && how === 'throws') throw new DOMException('no', 'InvalidStateError')
        return Promise.reject(new DOMException('no', steal ? 'InvalidStateError' : 'TimeoutError'))
      }
      Object.assign(window.navigator, { locks: { request } })
      expect(await createLock(window, 'client')(async () => 1, never)).toBe(1)
    },
  )
})

interface Tab {
  readonly window: Window
  readonly lock: Lock
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
}

/** Two tabs of one origin, and the locks that a tab which hangs has for ever. */
function openTabs(hanging: string[] = []) {
  const held = new Set(hanging)
  const request = async (name: string, { signal, steal }: LockOptions, run: () => Promise<unknown>) => {
    const lock = name.endsWith('.steal') ? 'steal' : 'turn'
    while (held.has(lock) && !steal) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      signal?.throwIfAborted()
    }
    held.add(lock)
    try {
      return await run()
    } finally {
      held.delete(lock)
    }
  }
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const abort = new AbortController()
    setTimeout(() => abort.abort(new DOMException('Too long.', 'TimeoutError')), ms)
    return abort.signal
  })
  const views = [new Map<string, string>(), new Map<string, string>()]
  const openTab = (own: Map<string, string>) => {
    const { window } = fakeWindow()
    const storage = storageOf(own, views)
    Object.defineProperty(window, 'localStorage', { value: storage })
    Object.assign(window.navigator, { locks: { request } })
    return { window, lock: createLock(window, 'client'), storage }
  }
  return views.map(openTab) as [Tab, Tab]
}

/** What one tab stores the other sees later. */
function storageOf(own: Map<string, string>, views: Map<string, string>[]): Tab['storage'] {
  return {
    getItem: (key) => own.get(key) ?? null,
    removeItem: (key) => void own.delete(key),
    setItem(key, value) {
      own.set(key, value)
      setTimeout(() => {
        for (const view of views) view.set(key, value)
      }, VISIBLE_TO_OTHERS_AFTER_MS)
    },
  }
}

describe('a turn in which something was stored', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('ends when the next tab can see that, and its caller does not wait for it', async () => {
    const tabs = openTabs()
    const settledAfterMs: number[] = []
    const count = async ({ lock, storage }: Tab) => {
      for (let turn = 0; turn < 5; turn += 1) {
        let began = 0
        const use = async () => {
          began = Date.now()
          storage.setItem('count', `${Number(storage.getItem('count')) + 1}`)
        }
        await lock(use, () => true)
        settledAfterMs.push(Date.now() - began)
      }
    }
    const counts = Promise.all(tabs.map(count))
    await vi.advanceTimersByTimeAsync(5_000)
    await counts
    expect(tabs.map(({ storage }) => storage.getItem('count'))).toEqual(['10', '10'])
    expect(Math.max(...settledAfterMs)).toBe(0)
  })

  it('goes on at once for this tab, and then ends for the others', async () => {
    const tabs = openTabs()
    const order: string[] = []
    const store = (name: string, hasStored: boolean) => async () => {
      order.push(`${name} at ${Date.now() - start}`)
      return hasStored
    }
    const start = Date.now()
    const [one, two] = tabs
    const done = one
      .lock(store('one', true), () => true)
      .then(() => {
        void two.lock(store('two', false), never)
        return one.lock(store('one again', false), never)
      })
    await vi.advanceTimersByTimeAsync(1)
    await done
    await vi.advanceTimersByTimeAsync(200)
    expect(order).toEqual(['one at 0', 'one again at 0', 'two at 50'])
  })

  it('is not gone on with after it was taken away', async () => {
    const { window } = fakeWindow()
    let takeAway = () => {}
    const request = vi.fn(
      (_: string, __: object, run: () => Promise<void>) =>
        new Promise<void>((resolve, reject) => {
          takeAway = () => reject(new DOMException('stolen', 'AbortError'))
          run().then(resolve, reject)
        }),
    )
    Object.assign(window.navigator, { locks: { request } })
    const lock = createLock(window, 'client')
    await lock(
      async () => 1,
      () => true,
    )
    takeAway()
    await vi.advanceTimersByTimeAsync(1)
    expect(await lock(async () => 2, never)).toBe(2)
    expect(request).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(100)
  })

  it.each([
    ['nothing was', { hidden: false }, never],
    ['the tab is hidden, whose timers are late', { hidden: true }, () => true],
  ])('ends at once where %s', async (_, document, hasStored) => {
    const [{ lock, window }, other] = openTabs()
    Object.assign(window.document, document)
    let turns: number[] = []
    void Promise.all([lock(async () => 1, hasStored), other.lock(async () => 2, never)]).then((all) => {
      turns = all
    })
    await vi.advanceTimersByTimeAsync(10)
    expect(turns).toEqual([1, 2])
  })
})

describe('a turn that is taken from a tab that hangs', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('goes to one of two that have waited equally long, and the other waits until it is done', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const [one, two] = openTabs(['turn'])
    const order: string[] = []
    const renew = (name: string) => async () => {
      order.push(`${name} begins`)
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      order.push(`${name} ends`)
    }
    void one.lock(renew('one'), never)
    void two.lock(renew('two'), never)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
  })

  it('does not wait for ever for a tab that hangs while it takes one away', async () => {
    const [one] = openTabs(['turn', 'steal'])
    const done = one.lock(async () => 'done', never)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await done).toBe('done')
  })
})
