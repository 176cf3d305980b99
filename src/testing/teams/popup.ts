import { isWeb } from './tab.js'
import { type HostAnswer, nonEmptyText } from './wire.js'

/** A closed window raises no event in its opener. */
const CLOSED_CHECK_INTERVAL_MS = 100
const DEFAULT_SIZE = { width: 600, height: 535 }

/** The sign-in window of `authentication.authenticate()`. One at a time. */
export interface Popup {
  /** Settles with `[true, result]` or `[false, reason]`, at the latest when the window is closed. */
  open(args: readonly unknown[]): Promise<HostAnswer>
  /** The window has notified of its result. */
  settle(answer: HostAnswer): void
  owns(source: unknown): boolean
  close(): void
}

export function createPopup(host: Window): Popup {
  let current: Window | null = null
  let pending: { resolve(answer: HostAnswer): void; timer: ReturnType<typeof setInterval> } | undefined

  function settle(answer: HostAnswer): void {
    clearInterval(pending?.timer)
    pending?.resolve(answer)
    pending = undefined
  }

  function checkClosed(): void {
    if (!current || current.closed) settle([false, 'CancelledByUser'])
  }

  return {
    async open([url, width, height]) {
      const address = webAddress(url)
      if (pending || !address) return [false, 'FailedToOpenWindow']
      current = host.open(address, '_blank', features(width, height))
      if (!current) return [false, 'FailedToOpenWindow'] // the popup blocker
      return new Promise((resolve) => {
        pending = { resolve, timer: setInterval(checkClosed, CLOSED_CHECK_INTERVAL_MS) }
      })
    },
    settle,
    owns: (source) => current !== null && source === current,
    close() {
      current?.close()
      settle([false, 'CancelledByUser'])
    },
  }
}

function webAddress(url: unknown): string | undefined {
  const text = nonEmptyText(url)
  if (!text || !URL.canParse(text)) return undefined
  return isWeb(new URL(text)) ? text : undefined
}

function features(width: unknown, height: unknown): string {
  const size = (value: unknown, fallback: number) =>
    typeof value === 'number' && Number.isFinite(value) ? value : fallback
  return `popup,width=${size(width, DEFAULT_SIZE.width)},height=${size(height, DEFAULT_SIZE.height)}`
}
