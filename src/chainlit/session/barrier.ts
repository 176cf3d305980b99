/** Holds calls back while it is closed. */
export interface Barrier {
  open(): void
  close(): void
  /** Resolves once it is open. A caller that has not gone on yet waits again if it closes meanwhile. */
  whenOpen(): Promise<void>
}

/** Open at first. */
export function createBarrier(): Barrier {
  const resumes: (() => void)[] = []
  let isOpen = true

  return {
    open() {
      isOpen = true
      for (const resume of resumes.splice(0)) resume()
    },
    close() {
      isOpen = false
    },
    async whenOpen() {
      while (!isOpen) await new Promise<void>((resolve) => resumes.push(resolve))
    },
  }
}
