// docs/popup.md, character by character: both of its pages.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Frame, Page } from 'playwright'
import type { Plugin } from 'vite'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { bundleEntry, type Doors, html, inline, openDoors } from './doors.js'
import { POPUP_PATH } from './popup-page.js'

const repository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const [ofPopup = '', ofApp = ''] = [
  ...readFileSync(repository('docs/popup.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms),
].map(([, code = '']) => code)

let doors: Doors
/** Whether the page of the pop-up has its code by a script tag. */
let hasScriptTag = false

beforeAll(async () => {
  const [popup, app] = await Promise.all([scriptOf(ofPopup), scriptOf(`${ofApp}\nObject.assign(window, { auth })`)])
  const named = ['signInButton', 'tabButton', 'consentButton', 'remedyText'].map(
    (id) => `<button id="${id}">${id}</button>`,
  )
  const options = '<script>consentButton.hidden = true; var options = window.config.options</script>'
  const shown = html(`<title>App</title>${named.join('')}${options}<script>${app}</script>`)
  doors = await openDoors(({ pathname }) => (pathname === POPUP_PATH ? popupPage() : shown.clone()), ['/', POPUP_PATH])
  const { clientId, tenant } = doors.entra.authOptions()
  const tag = readFileSync(repository('dist/twodoor.popup.js'), 'utf8').replaceAll('</script', '<\\/script')
  const ofTag = ofPopup.replace(/^import .*$/m, 'const { runPopup } = twodoor.popup')
  const popupPage = () => {
    const scripts = [inline({ clientId, tenant }), ...(hasScriptTag ? [tag, `{${ofTag}}`] : [popup])]
    return html(`<title>Pop-up</title><body>${scripts.map((each) => `<script>${each}</script>`).join('')}`)
  }
})
afterEach(() => {
  hasScriptTag = false
  return doors.reset()
})
afterAll(() => doors.close())

function scriptOf(code: string): Promise<string> {
  const modules: Record<string, string> = { twodoor: 'src/index.ts', 'twodoor/popup': 'src/popup/index.ts' }
  const plugin: Plugin = {
    name: 'document',
    enforce: 'pre',
    resolveId: (id) => (id === 'document.ts' ? repository(id) : modules[id] && repository(modules[id])),
    load: (id) => (id === repository('document.ts') ? code : null),
  }
  return bundleEntry('document.ts', undefined, [plugin])
}

const state = (door: Page | Frame) =>
  door.evaluate(() => (window as unknown as { auth: { state: { status: string } } }).auth.state.status)

it.each([false, true])('signs in with a pop-up, by the code of the document, with a script tag: %s', async (tag) => {
  hasScriptTag = tag
  const page = await doors.openTab()
  await expect.poll(() => state(page)).toBe('signed-out')
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('#signInButton')])
  await popup.click(`button[data-user="${doors.adele.username}"]`)
  await expect.poll(() => state(page)).toBe('signed-in')
  expect(await page.isHidden('#signInButton')).toBe(true)
  expect(await page.isHidden('#tabButton')).toBe(true)
})

it('says what helps where the pop-up is blocked', async () => {
  const page = await doors.openTab()
  await expect.poll(() => state(page)).toBe('signed-out')
  await page.evaluate(() => void Object.assign(window, { open: () => null }))
  await page.click('#signInButton')
  await expect.poll(() => page.textContent('#remedyText')).toContain('on a click')
})

it('offers a tab of its own in a foreign frame', async () => {
  const page = await doors.openTab()
  await page.goto('https://portal.example')
  const frame = await doors.frameOf(page)
  await expect.poll(() => state(frame)).toBe('failed')
  const [tab] = await Promise.all([page.waitForEvent('popup'), frame.click('#tabButton')])
  await doors.configure(tab, {})
  await tab.reload()
  await expect.poll(() => state(tab)).toBe('signed-out')
})
