import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appOrigin, type Doors, openDoors, signIn, statusOf } from './doors.js'

let doors: Doors

beforeAll(async () => {
  doors = await openDoors()
})
afterEach(() => doors.reset())
afterAll(() => doors.close())

const apiHeader = /^header authorization of [A-Z]+ https:\/\/app\.contoso\.example\/api\//
const socketMessage = /^(body of POST https|message to wss):\/\/app\.contoso\.example\/socket\.io\//

/** Uses everything once: calls, a renewal, a socket, a call to a place that must not get the token. */
async function useEverything(door: Page | Frame): Promise<string[]> {
  const tokens = new Set<string>()
  const remember = async () => tokens.add(await door.evaluate(async () => (await window.app.auth.getToken()).token))
  await remember()
  await door.evaluate(() => window.app.me())
  await door.evaluate(() => window.app.connect())
  await door.evaluate(() => window.app.auth.fetch('https://elsewhere.example/collect', { mode: 'no-cors' }))
  doors.expireTokens()
  await door.evaluate(() => window.app.me())
  await remember()
  return [...tokens]
}

describe('a token', () => {
  it.each(['browser', 'Teams'] as const)('of the %s door goes to the app’s server and nowhere else', async (name) => {
    const door = name === 'browser' ? await doors.openTab() : (await doors.openTeams()).frame
    if (name === 'browser') await signIn(door as Page, doors.adele)
    await statusOf(door)
    const tokens = await useEverything(door)
    for (const token of tokens) {
      const places = doors.world.whereSent(token)
      expect(places).not.toEqual([])
      for (const place of places) expect(place).toSatisfy((at: string) => apiHeader.test(at) || socketMessage.test(at))
      // Nor a part of it: the signature alone would be enough to recognise it in a log.
      const signature = token.split('.')[2] as string
      for (const place of doors.world.whereSent(signature))
        expect(place).toSatisfy((at: string) => apiHeader.test(at) || socketMessage.test(at))
    }
  })

  it.each(['browser', 'Teams'] as const)(
    'of the %s door is in no event, explanation, state or own storage',
    async (name) => {
      const door = name === 'browser' ? await doors.openTab() : (await doors.openTeams()).frame
      if (name === 'browser') await signIn(door as Page, doors.adele)
      await statusOf(door)
      const tokens = await useEverything(door)
      const told = await door.evaluate(() => {
        const own = window.app.storage().filter(([key]) => key.startsWith('twodoor'))
        const { auth, events } = window.app
        return JSON.stringify([auth, events, auth.explain(), auth.state, own, document.documentElement.outerHTML])
      })
      for (const token of tokens) expect(told).not.toContain(token.split('.')[2])
    },
  )

  it('does not follow a redirect of the app’s server to another origin', async () => {
    const { frame } = await doors.openTeams()
    await statusOf(frame)
    await frame.evaluate(() => window.app.auth.fetch('/api/away', { credentials: 'omit' }).catch(() => undefined))
    const token = await frame.evaluate(async () => (await window.app.auth.getToken()).token)
    const there = doors.world.requests.filter(({ host }) => host === 'elsewhere.example')
    expect(there.length).toBeGreaterThan(0)
    for (const place of doors.world.whereSent(token)) expect(place).toMatch(apiHeader)
  })

  it('is in no URL, and no code is either after the sign-in', async () => {
    const page = await doors.openTab()
    await signIn(page, doors.adele)
    await useEverything(page)
    for (const { url } of doors.world.requests) expect(url).not.toMatch(/eyJ[\w-]+\.eyJ/)
    expect(page.url()).toBe(`${appOrigin}/`)
  })
})
