// Time that a source or a server takes, which ends early when a sequence is over.

export function createPauses() {
  const ends = new Set<() => void>()

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        ends.delete(end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      ends.add(end)
    })
  }

  function release(): void {
    for (const end of [...ends]) end()
  }

  return { pause, release }
}
