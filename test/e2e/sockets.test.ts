// Sockets in a real browser, between real origins: what only a browser decides.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Doors, openDoors, signIn } from './doors.js'

/** Longer than any test waits: a socket that is back has not been brought back by the Manager. */
const NEVER_MS = 600_000

let doors: Doors

beforeAll(async () => {
  doors = await openDoors()
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

async function connected(transports: string[]) {
  const page = await doors.openTab()
  await signIn(page, doors.adele)
  const key = await page.evaluate((names) => window.app.connect(names), transports)
  await page.evaluate((delay) => {
    window.app.socket?.io.reconnectionDelay(delay).reconnectionDelayMax(delay)
  }, NEVER_MS)
  return { page, key }
}

describe.each([
  ['polling', ['polling']],
  ['WebSocket', ['websocket']],
  ['polling and an upgrade', ['polling', 'websocket']],
])('a socket over %s', (_, transports) => {
  it('is back as soon as the page is online again', async () => {
    const { page, key } = await connected(transports)
    await page.context().setOffline(true)
    await page.waitForFunction(() => window.app.socket?.connected === false)
    await page.context().setOffline(false)
    await page.waitForFunction(() => window.app.socket?.connected)
    expect(await page.evaluate(() => window.app.ask('who'))).toBe(key)
  })

  it('gets the next token of the page while it stays what it is', async () => {
    const { page, key } = await connected(transports)
    const id = await page.evaluate(() => window.app.socket?.id)
    const renewals = () =>
      window.app.events.filter((event) => event.type === 'socket' && event.action === 'renewed').length
    await page.evaluate(async () => {
      const { token } = await window.app.auth.getToken()
      await window.app.auth.getToken(undefined, { rejectedToken: token })
    })
    await expect.poll(() => page.evaluate(renewals), { timeout: 20_000 }).toBe(1)
    expect(await page.evaluate(() => window.app.socket?.id)).toBe(id)
    expect(await page.evaluate(() => window.app.ask('who'))).toBe(key)
  })
})
