// The app of pages/app.ts as a page without a bundler has it: script tags, and one global for each.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type AppSite, bundle, html } from './doors.js'

/** Asks for a page that has loaded teams-js by itself before twodoor comes. */
export const WITH_TEAMS_JS = 'with-teams-js'
/** A page without any script. */
export const BARE_PAGE = '/bare'

/** No inline script, no `eval`. The browser reports to this path what it had to block. */
export const REPORT_PATH = '/blocked'
const POLICY = `script-src 'self'; report-uri ${REPORT_PATH}`

/** The script tag in one file, and in parts. */
export const WHOLE = ['/twodoor.umd.js']
export const IN_PARTS = ['twodoor.js', 'sockets.js', 'session.js'].map((name) => `/twodoor/${name}`)

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

export interface ScriptTags {
  readonly policy?: string
  /** A script to run before that of the app, for browsers that take none from a test. */
  readonly before?: () => string
  /** `WHOLE` or `IN_PARTS`. */
  readonly twodoor?: readonly string[]
}

export async function scriptTagSite(tags: ScriptTags = {}): Promise<AppSite> {
  const { policy = POLICY, before = () => '', twodoor = WHOLE } = tags
  const app = await bundle('app', { 'src/index.js': 'twodoor', 'socket.io-client': 'io' })
  const scripts: Record<string, string> = {
    '/teams-js.js': read('node_modules/@microsoft/teams-js/dist/umd/MicrosoftTeams.min.js'),
    '/socket.io.js': read('node_modules/socket.io-client/dist/socket.io.min.js'),
    '/twodoor.umd.js': read('dist/twodoor.umd.js'),
    ...Object.fromEntries(partNames().map((name) => [`/twodoor/${name}`, read(`dist/script/${name}`)])),
  }
  const tagOf = (path: string) => `<script src="${path}"></script>`

  return ({ pathname, searchParams }) => {
    const script = pathname === '/app.js' ? `${before()};${app}` : scripts[pathname]
    if (script !== undefined) return new Response(script, { headers: { 'content-type': 'text/javascript' } })
    const paths = ['/socket.io.js', ...twodoor, '/app.js']
    if (searchParams.has(WITH_TEAMS_JS)) paths.unshift('/teams-js.js')
    const scriptTags = pathname === BARE_PAGE ? '' : paths.map(tagOf).join('')
    return html(`<title>App</title><body>${scriptTags}`, { 'content-security-policy': policy })
  }
}

function partNames(): string[] {
  const folder = fileURLToPath(new URL('../../dist/script', import.meta.url))
  return readdirSync(folder).filter((name) => name.endsWith('.js'))
}
