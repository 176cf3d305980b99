// One clock for the servers and, with the difference that a row gives it, for the device. It stands still while a row is
// measured: a time in docs/faults.md is what a page was told, never how fast this machine is.

import type { Page } from 'playwright'

export interface Clock {
  /** The time at the servers. */
  now(): number
  /** From here on time passes only when it is told to. */
  pause(page: Page): Promise<void>
  /** Time goes by for everybody. Each timer of the page fires when it is due. */
  advance(page: Page, ms: number): Promise<void>
  /** As a machine that sleeps: for everybody time has passed, and each timer of the page fires once at the end. */
  sleep(page: Page, ms: number): Promise<void>
  /** As a page that is frozen, or kept for the Back button: for everybody time has passed, and no timer of the page fires. */
  freeze(page: Page, ms: number): Promise<void>
  /** Time goes by as it does again. */
  resume(page: Page): Promise<void>
}

/** `pauseAt` wants a time that has not come yet, and the way to the browser takes some. */
const AHEAD_MS = 5_000

export function createClock(): Clock & { reset(): void } {
  let aheadMs = 0
  let stoppedAt: number | undefined
  const now = () => stoppedAt ?? Date.now() + aheadMs

  return {
    now,
    async pause(page) {
      const there = await page.evaluate(() => Date.now())
      await page.clock.pauseAt(there + AHEAD_MS)
      stoppedAt = now() + AHEAD_MS
    },
    async advance(page, ms) {
      stoppedAt = now() + ms
      await page.clock.runFor(ms)
    },
    async sleep(page, ms) {
      stoppedAt = now() + ms
      await page.clock.fastForward(ms)
    },
    async freeze(page, ms) {
      stoppedAt = now() + ms
      const there = await page.evaluate(() => Date.now())
      await page.clock.setSystemTime(there + ms)
    },
    async resume(page) {
      aheadMs = now() - Date.now()
      stoppedAt = undefined
      await page.clock.resume()
    },
    reset() {
      aheadMs = 0
      stoppedAt = undefined
    },
  }
}
