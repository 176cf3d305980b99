// The page that the app opens in a pop-up, beside the app itself, and what a user does with it.

import type { Frame, Page } from 'playwright'
import type { Plugin } from 'vite'
import type { PopupOptions } from '../../src/popup/index.js'
import { type AppSite, bundle, bundledApp, type Doors, html, inline, openDoors } from './doors.js'

export const POPUP_PATH = '/popup.html'

export interface PopupSite extends AppSite {
  /** What the page of the pop-up knows. */
  options: PopupOptions
  /** Headers of all pages of the app. */
  headers: Record<string, string>
}

export async function openDoorsWithPopup(plugins: Plugin[] = []): Promise<{ doors: Doors; site: PopupSite }> {
  const [app, script] = await Promise.all([bundledApp(plugins), bundle('popup', {}, plugins)])
  const answer = (url: URL): Response => {
    const given = inline({ popupOptions: site.options })
    const page = `<title>Pop-up</title><body><script>${given}</script><script>${script}</script>`
    const response = url.pathname === POPUP_PATH ? html(page) : app(url)
    for (const [name, value] of Object.entries(site.headers)) response.headers.set(name, value)
    return response
  }
  const site: PopupSite = Object.assign(answer, { options: { clientId: '', tenant: '' }, headers: {} })
  const doors = await openDoors(site, ['/', POPUP_PATH])
  const { clientId, tenant, authority } = doors.entra.authOptions()
  site.options = { clientId, tenant, authority }
  return { doors, site }
}

interface SignIn {
  readonly scopes?: string
  readonly prompt?: 'login' | 'consent' | 'select_account'
  readonly popup?: boolean
}

/** Chromium under test tells every page that it has the focus. Here the pop-up takes it, as for a user. */
export const withFocus = (page: Page) =>
  page.addInitScript(() => {
    Object.assign(Document.prototype, { hasFocus: () => !(window as { isAway?: boolean }).isAway })
  })

export const comesBack = (door: Page | Frame) => door.evaluate(() => void Object.assign(window, { isAway: false }))

/** A click that signs in with a pop-up. `outcomeOf` says what it came to. */
export async function click(door: Page | Frame, options: SignIn = { popup: true }): Promise<void> {
  await door.evaluate((given) => {
    const button = document.createElement('button')
    button.id = 'in'
    button.textContent = 'Sign in'
    button.onclick = () =>
      Object.assign(window, { isAway: true, done: window.app.outcome(({ auth }) => auth.signIn(given)) })
    document.querySelector('#in')?.remove()
    document.body.append(button)
  }, options)
  await door.click('#in')
}

export async function openedBy(door: Page | Frame, options?: SignIn): Promise<Page> {
  const page = 'page' in door ? door.page() : door
  const [popup] = await Promise.all([page.waitForEvent('popup'), click(door, options)])
  return popup
}

export const outcomeOf = (door: Page | Frame) =>
  door.evaluate(() => (window as unknown as { done: Promise<unknown> }).done as Promise<{ code?: string }>)
