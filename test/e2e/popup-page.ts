// The page that the app opens in a pop-up, beside the app itself.

import type { Plugin } from 'vite'
import type { AuthOptions } from '../../src/index.js'
import { type AppSite, bundle, bundledApp, html, inline } from './doors.js'

export const POPUP_PATH = '/popup.html'

export interface PopupSite extends AppSite {
  /** What the app registration says, for the page of the pop-up. */
  options: Partial<AuthOptions>
  /** Headers of all pages of the app. */
  headers: Record<string, string>
}

export async function sitesWithPopup(plugins: Plugin[] = []): Promise<PopupSite> {
  const [app, script] = await Promise.all([bundledApp(plugins), bundle('popup', {}, plugins)])
  const answer = (url: URL): Response => {
    const given = inline({ popupOptions: site.options })
    const page = `<title>Pop-up</title><body><script>${given}</script><script>${script}</script>`
    const response = url.pathname === POPUP_PATH ? html(page) : app(url)
    for (const [name, value] of Object.entries(site.headers)) response.headers.set(name, value)
    return response
  }
  const site: PopupSite = Object.assign(answer, { options: {}, headers: {} })
  return site
}
