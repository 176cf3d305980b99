/** Something that calls wait at while it is closed. */
export interface Gate {
  readonly isOpen: boolean
  open(): void
  close(): void
  /** Settles when the gate is open. */
  passed(): Promise<void>
}

export function createGate(): Gate {
  const waiting: (() => void)[] = []
  let isOpen = true

  async function passed(): Promise<void> {
    while (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve))
  }

  return {
    get isOpen() {
      return isOpen
    },
    open() {
      isOpen = true
      for (const resume of waiting.splice(0)) resume()
    },
    close() {
      isOpen = false
    },
    passed,
  }
}
