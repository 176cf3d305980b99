// Sockets in every engine: the handshake, a renewal and a sign-out, at both doors and over both transports.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type EngineDoors, openEngineDoors, signIn, statusOf, until } from './doors.js'
import type { View } from './engine.js'
import { installedEngines } from './installed.js'

describe.each(installedEngines())('$name', (engine) => {
  let doors: EngineDoors

  beforeAll(async () => {
    doors = await openEngineDoors(engine)
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())

  async function openDoor(door: string): Promise<View> {
    if (door === 'Teams') {
      const { frame } = await doors.openFramed()
      await until(frame, 'signed-in')
      return frame
    }
    const tab = await doors.openTab()
    await signIn(tab, doors.adele)
    return tab
  }

  const renewals = () =>
    window.app.events.filter((event) => event.type === 'socket' && event.action === 'renewed').length

  describe.each(['a browser', 'Teams'])('a socket in %s', (door) => {
    it.each([['polling'], ['websocket'], ['polling', 'websocket']])(
      'is connected as the user, renewed as it is, and ends with the sign-out, over %s %s',
      async (...transports) => {
        const view = await openDoor(door)
        const key = doors.keyOf(doors.adele)
        expect(await view.evaluate((names) => window.app.connect(names), transports.filter(Boolean))).toBe(key)
        const id = await view.evaluate(() => window.app.socket?.id)
        if (door === 'a browser') {
          await view.evaluate(async () => {
            const { token } = await window.app.auth.getToken()
            await window.app.auth.getToken(undefined, { rejectedToken: token })
          })
          await expect.poll(() => view.evaluate(renewals)).toBe(1)
        }
        expect(await view.evaluate(() => window.app.ask('who'))).toBe(key)
        expect(await view.evaluate(() => window.app.socket?.id)).toBe(id)
        await view.evaluate(() => window.app.auth.signOut())
        await view.until(() => window.app.socket?.connected === false)
        await expect.poll(() => doors.sockets()).toBe(0)
      },
    )

    it('comes back when the server has dropped it', async () => {
      const view = await openDoor(door)
      await view.evaluate(() => window.app.connect())
      const id = await view.evaluate(() => window.app.socket?.id)
      doors.dropSockets()
      await view.until((last) => window.app.socket?.connected && window.app.socket.id !== last, id)
      expect(await view.evaluate(() => window.app.ask('who'))).toBe(doors.keyOf(doors.adele))
    })
  })

  it('waits until somebody has signed in, and then connects', async () => {
    const tab = await doors.openTab()
    expect(await statusOf(tab)).toBe('signed-out')
    await tab.evaluate(() => void window.app.connect().catch(() => {}))
    expect(doors.sockets()).toBe(0)
    expect(doors.world.requests.filter(({ url }) => url.includes('/socket.io/'))).toEqual([])
  })
})
