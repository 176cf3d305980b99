// The script tag as it is published, whole and in parts, under a policy without inline scripts, in every engine.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appOrigin } from '../e2e/doors.js'
import { IN_PARTS, REPORT_PATH, scriptTagSite, WHOLE } from '../e2e/script-tags.js'
import { type EngineDoors, openEngineDoors, signIn, statusOf } from './doors.js'
import { installedEngines } from './installed.js'

const kinds = [
  { kind: 'whole', twodoor: WHOLE },
  { kind: 'in parts', twodoor: IN_PARTS },
]
const each = installedEngines().flatMap((engine) => kinds.map((tag) => ({ name: engine.name, engine, ...tag })))

describe.each(each)('$name, the script tag $kind', ({ engine, twodoor }) => {
  let doors: EngineDoors

  beforeAll(async () => {
    doors = await openEngineDoors(engine, (before) => scriptTagSite({ before, twodoor }))
  })
  afterEach(() => doors.reset())
  afterAll(() => doors.close())

  const adeleAtServer = () => ({ status: 200, body: { key: doors.keyOf(doors.adele) } })
  const blocked = () => doors.world.requests.filter(({ url }) => url === appOrigin + REPORT_PATH)

  it('leads to the same key in a browser, by call and by socket, and renews a refused token', async () => {
    const tab = await doors.openTab()
    await signIn(tab, doors.adele)
    expect(await tab.evaluate(() => window.app.me())).toEqual(adeleAtServer())
    expect(await tab.evaluate(() => window.app.connect())).toBe(doors.keyOf(doors.adele))
    doors.expireTokens()
    expect(await tab.evaluate(() => window.app.me())).toEqual(adeleAtServer())
    expect(blocked()).toEqual([])
  })

  it.each(['sso', 'nested'] as const)('leads to the same key in Teams by %s, by call and by socket', async (method) => {
    const { frame } = await doors.openFramed({ options: { teams: { method } } })
    expect(await statusOf(frame)).toBe('signed-in')
    expect(await frame.evaluate(() => window.app.me())).toEqual(adeleAtServer())
    expect(await frame.evaluate(() => window.app.connect())).toBe(doors.keyOf(doors.adele))
    expect(blocked()).toEqual([])
  })

  it('has errors of the one class that the page can see', async () => {
    const tab = await doors.openTab()
    await statusOf(tab)
    const code = await tab.evaluate(async () => {
      const { AuthError } = (window as unknown as { twodoor: typeof import('../../src/index.js') }).twodoor
      return window.app.auth
        .getToken()
        .catch((error) => (error instanceof AuthError ? error.code : `a stranger: ${error}`))
    })
    expect(code).toBe('sign_in_required')
  })
})
