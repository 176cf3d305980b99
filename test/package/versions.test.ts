// The packed package in React apps with the oldest and the newest of Microsoft's libraries, installed by npm as people do. The
// app has a client of MSAL's already, for msal-react, and hands it over. The same page signs in at both doors.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { appOrigin, type Doors, openDoors } from '../e2e/doors.js'
import { comesBack, POPUP_PATH, withFocus } from '../e2e/popup-page.js'
import { type Packed, pack, root } from './packed.js'
import { buildSite } from './vite-app.js'

const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>
}
const versionOf = (name: string) => `${devDependencies[name]}`.replace(/^npm:.*@/, '')

/** The page of the app. The test presses its buttons and reads what both libraries show. */
const PAGE = `import { PublicClientApplication, version } from '@azure/msal-browser'
import { MsalProvider, useMsal } from '@azure/msal-react'
import { version as teamsVersion } from '@microsoft/teams-js'
import { StrictMode, useEffect, useState, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { createAuth } from 'twodoor'

const { options } = window.config
const auth = {
  clientId: window.config.clientId ?? options.clientId,
  authority: 'https://login.microsoftonline.com/' + options.tenant,
  redirectUri: location.origin + '/',
}
const client = new PublicClientApplication({ auth })
const initialize = client.initialize.bind(client)
client.initialize = (...given) => {
  window.app.initialized += 1
  return initialize(...given)
}
const browser = { client }
window.app = { versions: [version, teamsVersion], initialized: 0, auth: undefined }

function User({ auth }) {
  const state = useSyncExternalStore(auth.subscribe, () => auth.state)
  const { instance, accounts, inProgress } = useMsal()
  return (
    <>
      <p id="twodoor">{state.status + ' ' + (state.account?.username ?? '')}</p>
      <p id="msal">{inProgress + ' ' + accounts.map(({ username }) => username)}</p>
      <button onClick={auth.signIn}>twodoor in</button>
      <button onClick={() => auth.signIn({ popup: true }).catch(() => {})}>pop-up in</button>
      <button onClick={() => auth.signOut()}>twodoor out</button>
      <button onClick={() => instance.loginRedirect({ scopes: options.scopes })}>msal in</button>
      <button onClick={() => instance.logoutRedirect({ account: accounts[0] })}>msal out</button>
    </>
  )
}
function App() {
  const [auth, setAuth] = useState()
  useEffect(() => {
    const created = createAuth({ ...options, browser, popupPage: '/popup.html' })
    window.app.auth = created
    setAuth(created)
    return () => created.dispose()
  }, [])
  return auth ? <User auth={auth} /> : null
}
createRoot(document.body.appendChild(document.createElement('div'))).render(
  <StrictMode><MsalProvider instance={client}><App /></MsalProvider></StrictMode>,
)
`

/** The page of a pop-up. */
const POPUP = `import { runPopup } from 'twodoor/popup'
const { clientId, tenant } = window.config.options
runPopup({ clientId, tenant })
`

let packed: Packed
beforeAll(async () => {
  packed = await pack()
})
afterAll(() => packed?.remove())

describe.each([
  { react: 'msal-react-3', msal: 'msal-browser-4.30', teams: 'teams-js-2.31' },
  { react: 'msal-react-5', msal: 'msal-browser-5.30', teams: '@microsoft/teams-js' },
])('an app with $react, $msal and $teams', ({ react, msal, teams }) => {
  let doors: Doors
  beforeAll(async () => {
    const project = await packed.installInto(
      react,
      `@azure/msal-react@${versionOf(react)}`,
      `@azure/msal-browser@${versionOf(msal)}`,
      `@microsoft/teams-js@${versionOf(teams)}`,
      `react@${versionOf('react')}`,
      `react-dom@${versionOf('react-dom')}`,
    )
    doors = await openDoors(await buildSite(project, { index: PAGE, popup: POPUP }), ['/', POPUP_PATH])
  })
  afterEach(() => doors?.reset())
  afterAll(() => doors?.close())

  const shows = async (door: Page | Frame, twodoor: string, accounts: string) => {
    await door.waitForFunction((wanted) => document.querySelector('#twodoor')?.textContent === wanted, twodoor)
    await door.waitForFunction((wanted) => document.querySelector('#msal')?.textContent === wanted, `none ${accounts}`)
  }
  const signedIn = (door: Page | Frame, user = doors.adele) => shows(door, `signed-in ${user.username}`, user.username)
  const signedOut = (door: Page | Frame) => shows(door, 'signed-out ', '')
  const tokenRequests = () => doors.entra.requests.filter(({ endpoint }) => endpoint === 'token').length
  /** `MsalProvider` does so whenever its effect runs, and StrictMode runs each twice. */
  const initialized = (page: Page) =>
    page.evaluate(() => (window.app as unknown as { initialized: number }).initialized)
  const popupOf = async (page: Page) => {
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('text=pop-up in')])
    await doors.configure(popup, {})
    return popup
  }
  const callApi = (door: Page | Frame) =>
    door.evaluate(async () => (await (await window.app.auth.fetch('/api/me')).json()) as unknown)
  const atEntra = async (page: Page) => {
    await page.click(`button[data-user="${doors.adele.username}"]`)
    await page.waitForURL(`${appOrigin}/**`)
  }

  test('has the versions that it asked npm for', async () => {
    const page = await doors.openTab()
    await signedOut(page)
    const versions = await page.evaluate(() => (window.app as unknown as { versions: string[] }).versions)
    expect(versions).toEqual([versionOf(msal), versionOf(teams)])
  })

  test('signs in and out with twodoor, and msal-react follows', async () => {
    const page = await doors.openTab({}, { path: '/chat/7?prompt=hi#last' })
    await signedOut(page)
    await page.click('text=twodoor in')
    await atEntra(page)
    await page.waitForURL(`${appOrigin}/chat/7?prompt=hi#last`)
    await signedIn(page)
    expect(await callApi(page)).toMatchObject({ key: doors.keyOf(doors.adele) })
    expect(tokenRequests()).toBe(1)
    await page.reload()
    await signedIn(page)
    expect(tokenRequests()).toBe(1)
    expect(await initialized(page)).toBe(2)
    await page.click('text=twodoor out')
    await signedOut(page)
    await page.reload()
    await signedOut(page)
  })

  test('signs in and out with msal-react, and twodoor follows', async () => {
    const page = await doors.openTab()
    await signedOut(page)
    await page.click('text=twodoor out')
    await page.click('text=msal in')
    await atEntra(page)
    await signedIn(page)
    expect(await callApi(page)).toMatchObject({ key: doors.keyOf(doors.adele) })
    expect(tokenRequests()).toBe(1)
    expect(await initialized(page)).toBe(2)
    await page.click('text=msal out')
    await expect.poll(() => doors.entra.requests.map(({ endpoint }) => endpoint)).toContain('logout')
    await page.waitForURL(`${appOrigin}/**`)
    await signedOut(page)
  })

  test('signs in with a pop-up, and msal-react follows', async () => {
    const page = await doors.openTab()
    await signedOut(page)
    const popup = await popupOf(page)
    await popup.click(`button[data-user="${doors.adele.username}"]`)
    await signedIn(page)
    expect(await callApi(page)).toMatchObject({ key: doors.keyOf(doors.adele) })
  })

  test('ends a sign-in with a pop-up that was closed, for msal-react too', async () => {
    const page = await doors.openTab({}, { prepare: withFocus })
    await signedOut(page)
    await page.evaluate(() => void Object.assign(window, { isAway: true }))
    const popup = await popupOf(page)
    await page.waitForFunction(() => !document.querySelector('#msal')?.textContent?.startsWith('none'))
    await popup.close()
    await comesBack(page)
    await signedOut(page)
    const next = await popupOf(page)
    await next.click(`button[data-user="${doors.adele.username}"]`)
    await signedIn(page)
  })

  test('does not leave for Entra ID a second time while the app takes the response to its own sign-in', async () => {
    const page = await doors.openTab({ autoSignIn: 'always' })
    await atEntra(page)
    await signedIn(page)
    await page.click('text=twodoor out')
    await signedOut(page)
    await page.click('text=msal in')
    await page.waitForURL(`${appOrigin}/**`)
    await signedIn(page)
    expect(doors.entra.requests.filter(({ endpoint }) => endpoint === 'authorize').length).toBeLessThanOrEqual(3)
  })

  test('signs in in Teams without a click', async () => {
    const { frame } = await doors.openTeams()
    await frame.waitForFunction(() => window.app.auth?.state.status === 'signed-in')
    expect(await callApi(frame)).toMatchObject({ key: doors.keyOf(doors.adele) })
    expect(await frame.evaluate(() => window.app.auth.explain().source)).toBe('teams-sso')
  })
})
