// What the tabs of one origin share: storage, messages, locks. And what each page has for itself.

import type { Clock } from './clock.js'

export type StorageHealth = 'works' | 'full' | 'blocked'
export type Origin = ReturnType<typeof openOrigin>

/** A message reaches another tab after so many milliseconds. */
const MESSAGE_MS = 1

type Area = Map<string, string>

interface Listener {
  readonly type: string
  readonly act: (event: Event) => void
}

export interface Page {
  readonly session: Area
  readonly listeners: Set<Listener>
  /** The page has been left: nothing of it happens any more. */
  gone: boolean
  /** Messages of others do not reach it. */
  deaf: boolean
  /** What it sees of what the tabs share: its own changes at once, those of others later. */
  readonly view: Area
  /** By key: its own last change, so that an older one of another tab does not undo it. */
  readonly written: Map<string, number>
  dispatch(type: string, more?: object): void
}

interface Wish {
  readonly name: string
  readonly page: Page
  readonly use: () => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

export interface LockOptions {
  readonly signal?: AbortSignal
  readonly steal?: boolean
}

/**
 * @param lagMs - how much later than a message or a lock another tab sees what was stored before: tabs are processes, and
 * nothing orders what comes to one of them by different ways
 */
export function openOrigin(clock: Clock, lagMs: number) {
  const local: Area = new Map()
  let changes = 0
  const pages = new Set<Page>()
  const channels = new Set<Channel>()
  let health: StorageHealth = 'works'
  let wasBlocked = false
  const holders = new Map<string, Wish>()
  let queue: Wish[] = []

  class Channel {
    onmessage: ((event: { data: unknown }) => void) | null = null
    isClosed = false
    readonly name: string
    readonly page = currentPage
    constructor(name: string) {
      if (health === 'blocked') throw new DOMException('The operation is insecure.', 'SecurityError')
      this.name = name
      channels.add(this)
    }
    postMessage(data: unknown): void {
      if (this.isClosed) throw new DOMException('Channel is closed', 'InvalidStateError')
      const others = [...channels].filter((each) => each !== this && each.name === this.name)
      clock.set(() => {
        for (const each of others) each.receive(data)
      }, MESSAGE_MS)
    }
    receive(data: unknown): void {
      if (!this.isClosed && !this.page?.gone && !this.page?.deaf) this.onmessage?.({ data })
    }
    close(): void {
      this.isClosed = true
      channels.delete(this)
    }
  }

  let currentPage: Page | undefined

  function openPage(session: Area): Page {
    const listeners = new Set<Listener>()
    const page: Page = {
      session,
      listeners,
      gone: false,
      deaf: false,
      view: new Map(local),
      written: new Map(),
      dispatch(type, more = {}) {
        const event = Object.assign(new Event(type), more)
        for (const each of [...listeners]) if (each.type === type && listeners.has(each)) each.act(event)
      },
    }
    pages.add(page)
    return page
  }

  function leavePage(page: Page): void {
    page.gone = true
    pages.delete(page)
    for (const channel of [...channels]) if (channel.page === page) channel.close()
    const left = queue.filter((wish) => wish.page === page)
    queue = queue.filter((wish) => wish.page !== page)
    for (const { reject } of left) reject(notActive())
    for (const holder of [...holders.values()]) if (holder.page === page) release(holder)
  }

  function storeForAll(page: Page, key: string, newValue: string | null): void {
    changes += 1
    const change = changes
    put(local, key, newValue)
    page.written.set(key, change)
    const reach = (other: Page) => {
      if ((other.written.get(key) ?? 0) > change) return
      put(other.view, key, newValue)
      if (!other.deaf) other.dispatch('storage', { key, newValue })
    }
    const others = [...pages].filter((each) => each !== page)
    if (lagMs === 0) for (const { view } of others) put(view, key, newValue)
    clock.set(() => others.forEach(reach), Math.max(MESSAGE_MS, lagMs))
  }

  /** A full one still takes what is no longer than before. */
  function checkHealth(isWrite: boolean): void {
    if (health === 'blocked') throw new DOMException('The operation is insecure.', 'SecurityError')
    if (health === 'full' && isWrite) throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
  }

  /** What a page sees of an area. What is stored are its own properties, as in a browser. */
  function storageOf(page: Page, area: Area): Storage {
    const write = (key: string, value: string | null) => {
      checkHealth((value ?? '').length > Math.max(1, area.get(key)?.length ?? 0))
      if (page.gone || (area.get(key) ?? null) === value) return
      put(area, key, value)
      if (area === page.view) storeForAll(page, key, value)
    }
    const methods = {
      getItem(key: string) {
        checkHealth(false)
        return area.get(key) ?? null
      },
      setItem: (key: string, value: string) => write(key, value),
      removeItem: (key: string) => write(key, null),
      key: (place: number) => [...area.keys()][place] ?? null,
      clear() {},
      get length() {
        return area.size
      },
    }
    return new Proxy(methods, {
      ownKeys: () => [...area.keys()],
      getOwnPropertyDescriptor: (_, key) => ({ value: area.get(String(key)), enumerable: true, configurable: true }),
    })
  }

  const notActive = () => new DOMException('The document is not fully active.', 'InvalidStateError')

  function grantNext(name: string): void {
    const next = holders.has(name) ? undefined : queue.find((wish) => wish.name === name)
    if (!next) return
    queue = queue.filter((wish) => wish !== next)
    grant(next)
  }

  function grant(wish: Wish): void {
    holders.set(wish.name, wish)
    Promise.resolve()
      .then(wish.use)
      .then(wish.resolve, wish.reject)
      .finally(() => release(wish))
  }

  function release(wish: Wish): void {
    if (holders.get(wish.name) !== wish) return
    holders.delete(wish.name)
    grantNext(wish.name)
  }

  function steal(wish: Wish): void {
    holders.get(wish.name)?.reject(new DOMException('The lock was stolen.', 'AbortError'))
    grant(wish)
  }

  type Use = Wish['use']
  const locksOf = (page: Page) => ({
    request(name: string, ...rest: [Use] | [LockOptions, Use]): Promise<unknown> {
      const [{ signal, steal: isSteal }, use] = rest.length === 1 ? [{} as LockOptions, rest[0]] : rest
      return new Promise((resolve, reject) => {
        const wish: Wish = { name, page, use, resolve, reject }
        if (page.gone) return reject(notActive())
        if (isSteal) return steal(wish)
        queue.push(wish)
        signal?.addEventListener('abort', () => {
          if (!queue.includes(wish)) return
          queue = queue.filter((each) => each !== wish)
          reject(signal.reason)
        })
        grantNext(name)
      })
    },
  })

  return {
    local,
    pages,
    Channel,
    openPage,
    leavePage,
    storageOf,
    locksOf,
    get health() {
      return health
    },
    /** Whether it has ever been blocked, full or cleared: what a page notes is its own since then, or is gone. */
    get wasBlocked() {
      return wasBlocked
    },
    setHealth(next: StorageHealth): void {
      health = next
      wasBlocked ||= next !== 'works'
    },
    /** The user clears what the site has stored, in all tabs. */
    clear(): void {
      wasBlocked = true
      local.clear()
      for (const { session, view } of pages) {
        session.clear()
        view.clear()
      }
    },
    /** Runs something as this page, which its channels then belong to. */
    as<T>(page: Page, act: () => T): T {
      currentPage = page
      try {
        return act()
      } finally {
        currentPage = undefined
      }
    },
    openChannels: () => channels.size,
    locksInUse: () => queue.length + holders.size,
  }
}

function put(area: Area, key: string, value: string | null): void {
  if (value === null) area.delete(key)
  else area.set(key, value)
}
