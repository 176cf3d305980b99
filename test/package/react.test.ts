// docs/react.md, character by character, in the packed package: in React 17, 18 and 19, at both doors, in StrictMode, which runs
// every effect twice from React 18 on.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Frame, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { appOrigin, type Doors, openDoors } from '../e2e/doors.js'
import { type Packed, pack, root } from './packed.js'
import { buildSite } from './vite-app.js'

const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>
}
const versionOf = (name: string) => `${devDependencies[name]}`.replace(/^npm:.*@/, '')

const document = await readFile(join(root, 'docs/react.md'), 'utf8')
const modules = Object.fromEntries(
  [...document.matchAll(/^```tsx\n\/\/ (\S+)\n(.*?)^```/gms)].map(([, path = '', code = '']) => [path, code]),
)

/** What the document takes for granted. */
const OPTIONS = 'const { clientId, tenant, scopes } = window.config.options\n'
const PHOTO = '\nfunction Photo({ token }) { return <p id="photo">{token.split(\'.\').length}</p> }\n'

const mount = (react: string) =>
  react === 'react-17'
    ? "import { render } from 'react-dom'\nconst show = (app) => render(app, document.querySelector('#root'))"
    : "import { createRoot } from 'react-dom/client'\nconst show = (app) => createRoot(document.querySelector('#root')).render(app)"

const page = (react: string) => `import { StrictMode } from 'react'
${mount(react)}
import { AuthProvider } from 'twodoor/react'
import { App } from './app.tsx'
import { auth } from './auth.ts'
import { Profile } from './profile.tsx'
import { Settings } from './settings.tsx'
window.app = { auth }
document.body.append(Object.assign(document.createElement('div'), { id: 'root' }))
const isGuarded = location.pathname === '/settings'
show(
  <StrictMode>
    <App />
    <AuthProvider auth={auth}>{isGuarded ? <Settings /> : <Profile />}</AuthProvider>
  </StrictMode>,
)
`

let packed: Packed
beforeAll(async () => {
  packed = await pack()
})
afterAll(() => packed?.remove())

describe.each(['react-17', 'react-18', 'react'])('an app with %s', (react) => {
  let doors: Doors
  beforeAll(async () => {
    const dom = react.replace('react', 'react-dom')
    const project = await packed.installInto(
      react,
      `react@${versionOf(react)}`,
      `react-dom@${versionOf(dom)}`,
      `@azure/msal-browser@${versionOf('@azure/msal-browser')}`,
      `@microsoft/teams-js@${versionOf('@microsoft/teams-js')}`,
    )
    const written = {
      ...modules,
      'auth.ts': OPTIONS + modules['auth.ts'],
      'profile.tsx': modules['profile.tsx'] + PHOTO,
    }
    doors = await openDoors(await buildSite(project, { index: page(react) }, written))
  })
  afterEach(() => doors?.reset())
  afterAll(() => doors?.close())

  const shows = (door: Page | Frame, text: string) => door.waitForSelector(`text=${text}`)
  const pick = (door: Page) => door.click(`button[data-user="${doors.adele.username}"]`)

  test('signs in and out in a browser, without an error on the page', async () => {
    const door = await doors.openTab()
    const errors: string[] = []
    door.on('pageerror', ({ message }) => errors.push(message))
    await door.click('text=Sign in')
    await pick(door)
    await shows(door, `Hello ${doors.adele.name}`)
    await door.click('text=Sign out')
    await shows(door, 'Sign in')
    expect(errors).toEqual([])
  })

  test('signs in in Teams without a click, and has a token of Microsoft Graph', async () => {
    const { frame } = await doors.openTeams()
    await shows(frame, `Hello ${doors.adele.name}`)
    await frame.waitForSelector('#photo:text("3")')
  })

  test('guards a page: a visitor goes to the sign-in and comes back, and who signs out is left alone', async () => {
    const door = await doors.openTab({}, { path: '/settings' })
    await pick(door)
    await door.waitForURL(`${appOrigin}/settings`)
    await shows(door, 'Your settings')
    await door.evaluate(() => window.app.auth.signOut())
    await shows(door, 'Sign in')
    expect(door.url()).toBe(`${appOrigin}/settings`)
    await door.reload()
    await shows(door, 'Sign in')
    expect(door.url()).toBe(`${appOrigin}/settings`)
  })

  test('sends nobody back and forth whom Entra ID lets in and then gives no token', async () => {
    doors.entra.faults.push({ at: 'token', code: 50076, error: 'invalid_grant', times: 100 })
    const door = await doors.openTab({}, { path: '/settings' })
    await pick(door)
    await door.waitForURL(`${appOrigin}/settings`)
    await shows(door, 'Sign in')
    await door.waitForFunction(() => window.app.auth.state.status === 'signed-out')
    expect(doors.entra.requests.filter(({ endpoint }) => endpoint === 'token')).toHaveLength(1)
    expect(await door.evaluate(() => window.app.auth.explain().lastError)).toMatchObject({ aadsts: 50076 })
  })
})
