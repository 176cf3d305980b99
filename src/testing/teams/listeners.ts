export interface Listeners<T> {
  subscribe(listener: (value: T) => void): () => void
  tell(value: T): void
  clear(): void
}

export function createListeners<T>(): Listeners<T> {
  const listeners = new Set<(value: T) => void>()
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tell(value) {
      for (const listener of [...listeners]) {
        // One that throws must neither keep the others from hearing nor the host from answering.
        try {
          listener(value)
        } catch (error) {
          reportError(error)
        }
      }
    },
    clear: () => listeners.clear(),
  }
}
