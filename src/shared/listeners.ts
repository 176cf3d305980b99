type Listeners<T extends unknown[]> = Set<(...values: T) => void>

/** Returns an unsubscribe function. A listener that is added twice is called twice, until each is removed. */
export function subscribe<T extends unknown[]>(listeners: Listeners<T>, listener: (...values: T) => void): () => void {
  const own = (...values: T) => listener(...values)
  listeners.add(own)
  return () => void listeners.delete(own)
}

/** One that throws must not keep the others from hearing, nor break what it listens to. */
export function notify<T extends unknown[]>(listeners: ReadonlySet<(...values: T) => void>, ...values: T): void {
  for (const listener of [...listeners]) {
    try {
      if (listeners.has(listener)) listener(...values)
    } catch (error) {
      reportError(error)
    }
  }
}
