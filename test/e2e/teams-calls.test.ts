// Every function that the real teams-js exports, called in a host that is ours: none may wait for an answer that never
// comes. With the capabilities that the host tells of, and with all that there are.

import type { BrowserContext, Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TeamsSettings, TeamsSettingsChanges } from '../../src/testing/teams/settings.js'
import { bundlePage, html } from './bundle-page.js'
import type { Called } from './pages/teams-all.js'
import { startWorld, type World } from './world.js'

const teamsOrigin = 'https://teams.microsoft.com'
const appOrigin = 'https://app.contoso.example'
const user = {
  tenantId: '11111111-2222-4333-8444-555555555555',
  objectId: 'aaaaaaaa-0000-4000-8000-000000000001',
  username: 'adele@contoso.example',
}
const frameContexts: TeamsSettings['frameContext'][] = [
  'content',
  'sidePanel',
  'settings',
  'remove',
  'task',
  'stage',
  'meetingStage',
]

let world: World
let opened: BrowserContext | undefined

beforeAll(async () => {
  const [host, app, phone] = await Promise.all([
    bundlePage('teams'),
    bundlePage('teams-all'),
    bundlePage('teams-phone'),
  ])
  const site = (script: string) => (request: Request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/mint') return Response.json({ token: 'a token', expiresInSeconds: 3_600 })
    return html(`<body><script>${pathname === '/phone' ? phone : ''}${script}</script>`)
  }
  world = await startWorld({
    'teams.microsoft.com': site(host),
    'app.contoso.example': site(app),
    'res.cdn.office.net': () => new Response(null, { status: 404 }),
  })
})

afterEach(async () => {
  await opened?.close()
  opened = undefined
})

afterAll(() => world?.close())

interface Opened {
  readonly page: Page
  readonly frame: Frame
}

/** The app in the host, in a frame or on a phone. Windows that it opens are closed, as a user would. */
async function openApp(settings: TeamsSettingsChanges, onPhone: boolean): Promise<Opened> {
  const { context, page } = await world.newPage()
  opened = context
  page.on('popup', (popup) => void popup.close())
  const options = { appUrl: `${appOrigin}/tab`, appOrigin, clientId: 'the client', user, ...settings }
  await page.addInitScript((hostOptions) => Object.assign(window, { hostOptions }), options)
  await page.goto(onPhone ? `${appOrigin}/phone` : teamsOrigin)
  const frame = onPhone ? page.mainFrame() : await (await page.waitForSelector('iframe')).contentFrame()
  if (!frame) throw new Error('There is no frame.')
  await frame.waitForFunction(() => 'all' in window)
  await frame.evaluate(() => window.all.app.initialize())
  return { page, frame }
}

const callAll = (frame: Frame) => frame.evaluate(() => window.all.callAll())
const namesOf = (called: readonly Called[]) => called.map(({ name }) => name)
const waiting = (called: readonly Called[]) => namesOf(called.filter(({ outcome }) => outcome === 'waits'))
const refusedByHost = ({ outcome, result }: Called) =>
  outcome === 'refused' && result.includes('emulated host does not')

test('there is something plausible to call each function of teams-js with', async () => {
  const { frame } = await openApp({}, false)
  expect(await frame.evaluate(() => window.all.without())).toEqual([])
  expect(await frame.evaluate(() => window.all.names.length)).toBeGreaterThan(370)
})

describe.each([
  ['a frame', false],
  ['a phone', true],
])('in %s', (_, onPhone) => {
  test.each(frameContexts)('nothing waits for ever for an answer, as %s', async (frameContext) => {
    const { frame } = await openApp({ frameContext, notifySuccessResponse: true }, onPhone)
    expect(waiting(await callAll(frame))).toEqual([])
    await frame.evaluate(() => window.all.claimEverything())
    const called = await callAll(frame)
    expect(waiting(called)).toEqual([])
    expect(called.filter(({ result }) => result.includes('Invalid response from host'))).toEqual([])
  })

  test('what the host says that it supports, it does', async () => {
    const { frame } = await openApp({}, onPhone)
    const supported = await frame.evaluate(() => window.all.supported())
    expect(supported).toEqual(expect.arrayContaining(['pages.', 'pages.config.']))
    const called = await callAll(frame)
    const claimed = called.filter(({ name }) => supported.some((capability) => isPartOf(name, capability)))
    expect(claimed.filter(refusedByHost)).toEqual([])
    const asked = [
      'app.openLink',
      'authentication.getUser',
      'pages.getConfig',
      'pages.navigateToApp',
      'pages.config.setConfig',
    ]
    expect(called.filter(({ name, outcome }) => asked.includes(name) && outcome !== 'answered')).toEqual([])
  })
})

/** A function of the capability itself, not of one below it. */
function isPartOf(name: string, capability: string): boolean {
  return name.startsWith(capability) && !name.slice(capability.length).includes('.')
}

test('nothing waits for ever in a host without a runtime', async () => {
  const { frame } = await openApp({ replyOrder: 'legacy' }, false)
  expect(waiting(await callAll(frame))).toEqual([])
})
