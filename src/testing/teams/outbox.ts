/** Messages on their way to the app. */
export interface Outbox {
  /** Runs `deliver` once the latency has passed, unless the host has ended by then. */
  post(deliver: () => void): void
  close(): void
}

export function createOutbox(latencyMs: () => number): Outbox {
  const timers = new Set<ReturnType<typeof setTimeout>>()
  let closed = false
  return {
    post(deliver) {
      if (closed) return
      if (latencyMs() <= 0) return void deliver()
      const timer = setTimeout(() => {
        timers.delete(timer)
        deliver()
      }, latencyMs())
      timers.add(timer)
    },
    close() {
      closed = true
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
