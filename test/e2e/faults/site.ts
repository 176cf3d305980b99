// The pages of the app: alone, and with others beside it.

import { type AppSite, bundle, html } from '../doors.js'

export const OTHER_CLIENT = 'd2222222-3333-4444-8555-666666666666'

/** How many Auths a page of `/many` has. */
export const AUTHS_A_PAGE = 8

export async function openSite(): Promise<AppSite> {
  const [app, tabs] = await Promise.all([bundle('app'), bundle('tabs')])
  const appScript = `<script>${app}</script>`
  const beside = (config: string) =>
    `<script>window.tabsConfig = { options: window.config.options, ${config} }</script><script>${tabs}</script>`
  const bodies: Readonly<Record<string, string>> = {
    '/': appScript,
    '/many': appScript + beside(`count: ${AUTHS_A_PAGE - 1}`),
    // Two copies of twodoor, each with an Auth.
    '/twice': `${appScript}<script>window.firstApp = window.app</script>${appScript}`,
    // What React's StrictMode does, in two copies.
    '/strict': `${appScript}<script>window.app.auth.dispose()</script>${appScript}`,
    '/other-client': appScript + beside(`count: 0, plain: '${OTHER_CLIENT}'`),
    '/same-client': appScript + beside('count: 0, plain: window.config.options.clientId'),
  }
  return ({ pathname }) => html(`<title>App</title><body>${bodies[pathname] ?? appScript}`)
}
