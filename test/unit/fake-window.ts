/** A window that leaves nowhere, so that a test can see where it was sent, and whose storage can be blocked. */
export function fakeWindow({ href = 'https://app.example/', online = true, framed = false, storage = true } = {}) {
  const events = new EventTarget()
  let listening = 0
  const open = (): Storage => {
    const kept = new Map<string, string>()
    const methods = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, String(value)),
      removeItem: (key: string) => void kept.delete(key),
      clear: () => kept.clear(),
      key: (i: number) => [...kept.keys()][i] ?? null,
      get length() {
        return kept.size
      },
    }
    // What is stored are its own properties, as in a browser.
    return new Proxy(methods, {
      ownKeys: () => [...kept.keys()],
      getOwnPropertyDescriptor: (_, key) => ({ value: kept.get(String(key)), enumerable: true, configurable: true }),
    })
  }
  const location = Object.assign(new URL(href), { replaced: [] as string[] })
  const window = {
    location: Object.assign(location, { replace: (to: string) => location.replaced.push(to) }),
    history: { state: null, replaceState: (_: unknown, __: string, to: URL | string) => (location.href = String(to)) },
    navigator: { onLine: online },
    document: { baseURI: href, referrer: '' },
    performance: { getEntriesByType: (): unknown[] => [] },
    self: {},
    parent: {},
    get sessionStorage(): Storage {
      if (!storage) throw new DOMException('The operation is insecure.', 'SecurityError')
      return session
    },
    get localStorage(): Storage {
      return this.sessionStorage && local
    },
    addEventListener(...args: Parameters<EventTarget['addEventListener']>) {
      listening += 1
      const [, , options] = args
      const { signal } = typeof options === 'object' ? options : {}
      signal?.addEventListener('abort', () => {
        listening -= 1
      })
      events.addEventListener(...args)
    },
    removeEventListener(...args: Parameters<EventTarget['removeEventListener']>) {
      listening -= 1
      events.removeEventListener(...args)
    },
  }
  const session = open()
  const local = open()
  if (!framed) window.parent = window.self
  return {
    window: window as unknown as Window,
    replaced: location.replaced,
    set online(value: boolean) {
      window.navigator.onLine = value
    },
    get listening() {
      return listening
    },
    dispatch: (type: string, more: object = {}) => events.dispatchEvent(Object.assign(new Event(type), more)),
  }
}
