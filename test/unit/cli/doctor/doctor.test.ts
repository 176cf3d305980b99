// @vitest-environment node
// `npx twodoor doctor` at real servers: each fault planted once, and an app without any.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FINDING_CODES } from '../../../../src/cli/doctor/report.js'
import { appManifest, type ManifestSettings } from '../../../../src/cli/manifest/app-manifest.js'
import { manifestSettings } from '../../../../src/cli/manifest/settings.js'
import { type CommandLine, openCommandLine } from '../command-line.js'
import {
  API,
  APP,
  CLIENT_ID,
  healthyApi,
  healthyApp,
  PAGE,
  page,
  reportOf,
  runDoctor,
  SCRIPT,
  type Site,
  siteListener,
  Web,
} from './contoso.js'

let line: CommandLine
let web: Web

beforeEach(async () => {
  line = await openCommandLine()
  web = new Web()
})
afterEach(async () => {
  await web.close()
  await line.remove()
})

type Json = Record<string, unknown>
const settings: ManifestSettings = manifestSettings({ url: `${APP}/`, 'client-id': CLIENT_ID, name: 'Contoso' })
const healthyManifest: Json = appManifest(settings)
const info = (changes: Json): Json => ({
  ...healthyManifest,
  webApplicationInfo: { ...(healthyManifest['webApplicationInfo'] as Json), ...changes },
})

interface Plant {
  readonly app?: Site
  readonly api?: Site
  readonly manifest?: Json
  readonly args?: readonly string[]
}

async function reportFor({ app = healthyApp, api = healthyApi, manifest = healthyManifest, args = [] }: Plant) {
  await web.add(APP, siteListener(app))
  await web.add(API, siteListener(api))
  await web.add(
    'http://app.contoso.com',
    siteListener({ ...app, '/moved': { status: 301, headers: { location: `${APP}/` } } }),
  )
  await web.add('https://login.contoso.com', siteListener(healthyApp))
  await writeFile(join(line.folder, 'manifest.json'), JSON.stringify(manifest))
  const [url = `${APP}/`, ...flags] = args
  return reportOf(web, line.folder, 'manifest.json', url, '--api', `${API}/me`, ...flags)
}

const anHourAgo = () => new Date(Date.now() - 3_600_000).toUTCString()
const cookie = (text: string): Plant => ({ app: page({ headers: { 'set-cookie': text } }) })
const policy = (text: string): Plant => ({ app: page({ headers: { 'content-security-policy': text } }) })
const api = (changes: Site): Plant => ({ api: { ...healthyApi, ...changes } })
const answers = (route: string, headers: Record<string, string>, status?: number): Plant =>
  api({
    [route]: {
      ...healthyApi[route],
      ...(status && { status }),
      headers: { ...healthyApi[route]?.headers, ...headers },
    },
  })

const plants: readonly [code: string, plant: Plant][] = [
  ['web_application_info', { manifest: { ...healthyManifest, webApplicationInfo: undefined } }],
  ['client_id', { manifest: info({ id: healthyManifest['id'] }), args: [`${APP}/`, '--client-id', CLIENT_ID] }],
  ['resource', { manifest: info({ resource: `api://contoso.com/${CLIENT_ID}` }) }],
  ['resource', { manifest: info({ resource: `api://${CLIENT_ID}` }) }],
  [
    'nested_redirect_uri',
    { manifest: info({ nestedAppAuthInfo: [{ redirectUri: `${APP}/`, scopes: ['User.Read'] }] }) },
  ],
  ['nested_version', { manifest: { ...healthyManifest, manifestVersion: '1.19' } }],
  ['tab_url', { manifest: { ...healthyManifest, staticTabs: [{ contentUrl: 'https://contoso.com/' }] } }],
  ['valid_domain', { manifest: { ...healthyManifest, validDomains: ['contoso.com', '*.contoso.com.evil.example'] } }],
  ['valid_domain', { manifest: { ...healthyManifest, validDomains: ['*.*.contoso.com'] } }],
  ['valid_domain_form', { manifest: { ...healthyManifest, validDomains: ['app.contoso.com', `${APP}/`] } }],
  [
    'loading_indicator',
    {
      manifest: { ...healthyManifest, showLoadingIndicator: true },
      app: { ...healthyApp, '/app.js': { body: 'msal.handleRedirectPromise()' } },
    },
  ],
  [
    'page_not_html',
    { app: page({ headers: { 'content-type': 'text/plain' } }), args: [`${APP}/`, '--redirect-uri', '/back'] },
  ],
  ['frame_ancestors', policy("frame-ancestors 'self' https://*.cloud.microsoft")],
  ['frame_ancestors', policy("frame-ancestors 'none'")],
  [
    'x_frame_options',
    {
      app: {
        ...healthyApp,
        '/': { headers: { 'content-type': 'text/html', 'x-frame-options': 'SAMEORIGIN' }, body: PAGE },
      },
    },
  ],
  ['connect_src', policy(`connect-src 'self' ${API}`)],
  ['connect_src', policy(`connect-src https://login.microsoftonline.com`)],
  [
    'connect_src',
    { app: page({ body: `<meta http-equiv="Content-Security-Policy" content="default-src 'self' ${API}">${PAGE}` }) },
  ],
  ['cookie_same_site', cookie('session=secret; Path=/; HttpOnly')],
  ['cookie_secure', cookie('session=secret; SameSite=None')],
  ['mixed_content', { app: page({ body: `<img src='http://cdn.contoso.com/logo.png'>${PAGE}` }) }],
  ['clock', { app: page({ headers: { date: anHourAgo() } }) }],
  ['redirect_uri_status', { args: [`${APP}/`, '--redirect-uri', '/none'] }],
  [
    'redirect_uri_sdk',
    {
      app: { ...healthyApp, '/back': { headers: { 'content-type': 'text/html' }, body: 'Hello' } },
      args: [`${APP}/`, '--redirect-uri', `${APP}/back`],
    },
  ],
  ['redirect_uri_origin', { args: [`${APP}/`, '--redirect-uri', 'https://login.contoso.com/'] }],
  [
    'coop',
    {
      app: {
        ...healthyApp,
        '/popup.html': {
          headers: { 'content-type': 'text/html', 'cross-origin-opener-policy': 'same-origin' },
          body: '<script type="module">runPopup(options)</script>',
        },
      },
      args: [`${APP}/`, '--redirect-uri', '/popup.html'],
    },
  ],
  ['api_status', answers('GET /me', {}, 404)],
  ['api_allow_origin', answers('GET /me', { 'access-control-allow-origin': 'https://contoso.com' })],
  ['api_allow_authorization', answers('OPTIONS /me', { 'access-control-allow-headers': '*' })],
  [
    'api_allow_authorization',
    api({
      'OPTIONS /me': {
        ...healthyApi['OPTIONS /me'],
        status: 307,
        headers: { ...healthyApi['OPTIONS /me']?.headers, location: '/moved' },
      },
      'OPTIONS /moved': healthyApi['OPTIONS /me'] ?? {},
    }),
  ],
  ['api_challenge', api({ 'GET /me': { status: 401, headers: { 'access-control-allow-origin': '*' } } })],
  ['api_expose', answers('GET /me', { 'access-control-expose-headers': 'X-Request-Id' })],
]
/** Planted by a test of their own, as other things break with them. */
const OTHERS = ['page_status', 'page_http', 'page_leaves']

describe('doctor', () => {
  it('finds nothing at an app without a fault', async () => {
    expect((await reportFor({})).findings).toEqual([])
  })

  it('takes the zip that `manifest` writes', async () => {
    await web.add(APP, siteListener(healthyApp))
    await line.run('manifest', '--url', `${APP}/`, '--client-id', CLIENT_ID, '--name', 'Contoso')
    const { exitCode, text } = await runDoctor(web, line.folder, 'teams-app.zip', `${APP}/`, '--client-id', CLIENT_ID)
    expect(text).toContain(`✓ Nothing is wrong with ${APP}/ as far as can be seen from outside.`)
    expect(exitCode).toBe(0)
  })

  it('takes a zip that another program has packed', async () => {
    await web.add(APP, siteListener(healthyApp))
    const content = Buffer.from(`\uFEFF${JSON.stringify(healthyManifest)}`)
    await writeFile(join(line.folder, 'app.zip'), zipSync({ 'color.png': new Uint8Array(9), 'manifest.json': content }))
    expect((await reportOf(web, line.folder, 'app.zip', `${APP}/`)).findings).toEqual([])
  })

  it.each(plants)('finds %s', async (code, plant) => {
    const back = { ...(plant.app ?? healthyApp) }
    const app =
      code === 'page_not_html' ? { ...back, '/back': { headers: { 'content-type': 'text/html' }, body: PAGE } } : back
    const { findings } = await reportFor({ ...plant, app })
    expect(findings.map((finding) => finding.code)).toEqual([code])
    expect(findings[0]?.message).toMatch(/\.$/)
    expect(findings[0]?.remedy).toMatch(/^[A-Z].*\.$/)
  })

  it('has a plant for everything that it finds', () => {
    const planted = new Set([...plants.map(([code]) => code), ...OTHERS])
    expect([...planted].sort()).toEqual(Object.values(FINDING_CODES).flat().sort())
  })

  it('finds a page that answers with an error, at the tab and where Entra ID comes back', async () => {
    const { findings } = await reportFor({ app: page({ status: 503 }) })
    expect(findings.map(({ code }) => code)).toEqual(['page_status', 'redirect_uri_status'])
  })

  it('finds a page on plain http', async () => {
    const { findings } = await reportFor({ args: ['http://app.contoso.com/'] })
    expect(findings.map(({ code }) => code)).toEqual(['page_http', 'api_allow_origin'])
  })

  it('takes a redirect to https for what it is, and tells it', async () => {
    const { findings, notes } = await reportFor({ args: ['http://app.contoso.com/moved'] })
    expect(findings).toEqual([])
    expect(notes).toContain(`http://app.contoso.com/moved redirects to ${APP}/.`)
  })

  it('finds a page that leads to another site, and never tells the query', async () => {
    const login = 'https://login.contoso.com/?state=secret#secret'
    const { findings, notes } = await reportFor({ app: page({ status: 302, headers: { location: login } }) })
    expect(findings.map(({ code }) => code)).toContain('page_leaves')
    expect(notes).toContain(`${APP}/ redirects to https://login.contoso.com/.`)
    expect(JSON.stringify([findings, notes])).not.toContain('secret')
  })

  it('of a page that leads to a sign-in page says that alone, and never takes that page for the app', async () => {
    const signIn = 'https://login.contoso.com/x/oauth2/v2.0/authorize?state=secret'
    const headers = { 'content-type': 'text/html', 'x-frame-options': 'DENY', 'set-cookie': 'buid=1' }
    await web.add(
      'https://login.contoso.com',
      siteListener({ '/x/oauth2/v2.0/authorize': { headers, body: 'Sign in' } }),
    )
    const app: Site = { ...healthyApp, '/tab': { status: 302, headers: { location: signIn } } }
    await web.add(APP, siteListener(app))
    await web.add(API, siteListener(healthyApi))
    const manifest = { ...healthyManifest, showLoadingIndicator: true }
    await writeFile(join(line.folder, 'manifest.json'), JSON.stringify(manifest))
    const args = ['manifest.json', `${APP}/tab`, '--api', `${API}/me`]
    const { url, findings, registration } = await reportOf(web, line.folder, ...args)
    expect(url).toBe(`${APP}/tab`)
    expect(findings.map(({ code }) => code)).toEqual(['page_leaves'])
    expect(JSON.stringify(registration)).not.toContain('login.contoso.com')
  })

  it('looks at the redirect URI that `createAuth` sends by itself, whatever the page is', async () => {
    const app: Site = { '/tab': healthyApp['/'] ?? {}, '/app.js': healthyApp['/app.js'] ?? {} }
    const { findings, registration, notes } = await reportFor({ app, args: [`${APP}/tab`] })
    expect(findings).toEqual([expect.objectContaining({ code: 'redirect_uri_status' })])
    expect(registration.find(({ field }) => field.endsWith('Redirect URIs'))?.values[0]).toBe(`${APP}/`)
    expect(notes).toContain(
      `The redirect URI is ${APP}/, as \`createAuth\` has it by itself: name that of \`browser.redirectUri\` with --redirect-uri.`,
    )
    await web.close()
    const named = await reportFor({ app, args: [`${APP}/tab`, '--redirect-uri', '/tab'] })
    expect(named.findings).toEqual([])
  })

  it('never tells what a cookie holds', async () => {
    const { findings } = await reportFor(cookie('session=secret; Path=/'))
    expect(findings[0]?.message).toContain('session')
    expect(JSON.stringify(findings)).not.toContain('secret')
  })

  it('compares the hosts of the cloud that is named', async () => {
    const { findings } = await reportFor({ args: [`${APP}/`, '--cloud', 'gcc-high'] })
    expect(findings.map(({ code }) => code)).toEqual(['frame_ancestors'])
    expect(findings[0]?.message).toContain('https://gov.teams.microsoft.us')
  })

  it('reads the scripts that a page loads later, before it says what they do not do', async () => {
    const manifest = { ...healthyManifest, showLoadingIndicator: true }
    const scripts: Site = {
      '/': { ...healthyApp['/'], body: '<script type="module">import("./main.js")</script>' },
      '/main.js': { body: 'const later = () => import(`./chunks/teams.mjs?v=1`); /* msal.js.browser */' },
      '/chunks/teams.mjs': { body: 'app.notifySuccess()' },
    }
    expect((await reportFor({ manifest, app: scripts })).findings).toEqual([])
  })

  it('only notes what it cannot tell, where a script of another site does not come', async () => {
    const manifest = { ...healthyManifest, showLoadingIndicator: true }
    const app = page({ body: '<script src="https://cdn.example/app.js"></script>' })
    const { findings, notes } = await reportFor({ manifest, app })
    expect(findings).toEqual([])
    expect(notes).toContain('Not every script of the page could be read, so that what it does can only be guessed.')
  })

  const bundle = (body: string): Site => ({
    '/': { ...healthyApp['/'], body: '<script src="/main.js"></script>' },
    '/main.js': { headers: { 'content-type': 'text/javascript' }, body },
  })
  it.each<[what: string, app: Site]>([
    ['is answered with an error', { ...bundle(''), '/main.js': { status: 503 } }],
    ['is not there', { ...bundle(''), '/main.js': { status: 404 } }],
    [
      'is HTML, as of an app that answers with its page to everything',
      { ...bundle(''), '/main.js': healthyApp['/'] ?? {} },
    ],
    ['is too long to be read', bundle(`${'a'.repeat(4_000_000)}${SCRIPT}`)],
    [
      'names one that is answered with an error',
      { ...bundle('import("./later.js")'), '/later.js': { status: 503, body: SCRIPT } },
    ],
    ['computes the name of another', bundle('r.u=e=>"static/js/"+e+"."+{42:"abc"}[e]+".chunk.js"')],
    ['in the page computes the name of another', page({ body: '<script>import(chosen)</script>' })],
    ['stands in a page that is too long to be read', page({ body: `${'a'.repeat(4_000_000)}${PAGE}` })],
  ])('finds nothing in what it could not read, where a script %s', async (_, app) => {
    const manifest = { ...healthyManifest, showLoadingIndicator: true }
    const { findings, notes } = await reportFor({ manifest, app })
    expect(findings).toEqual([])
    expect(notes).toContain('Not every script of the page could be read, so that what it does can only be guessed.')
  })

  it.each(['vue', 'svelte', 'astro'])('reads what a server for developers makes of a component: .%s', async (kind) => {
    const javascript = { 'content-type': 'text/javascript' }
    const app: Site = {
      '/': { ...healthyApp['/'], body: '<script src="/@vite/client"></script><script src="/src/main.ts"></script>' },
      '/@vite/client': { headers: javascript, body: 'import(url + query)' },
      '/src/main.ts': { headers: javascript, body: `import App from "/src/app.${kind}"; create(App)` },
      [`/src/app.${kind}`]: { headers: javascript, body: SCRIPT },
    }
    const { findings, notes } = await reportFor({ app })
    expect(findings).toEqual([])
    expect(notes.join()).not.toContain('Not every script')
  })

  it('takes a name that is no script for what it is, and goes on', async () => {
    const app = bundle('const name = "guess.js"')
    expect((await reportFor({ app })).findings.map(({ code }) => code)).toEqual(['redirect_uri_sdk'])
  })

  it('reads the scripts of a page with `<base>` where they are', async () => {
    const html = { ...healthyApp['/'], body: '<base href="/"><script src="app.js"></script>' }
    const manifest = { ...healthyManifest, showLoadingIndicator: true }
    const app: Site = { ...healthyApp, '/': html, '/teams/tab': html, '/teams/app.js': html }
    const { findings, notes } = await reportFor({ manifest, app, args: [`${APP}/teams/tab`] })
    expect(findings).toEqual([])
    expect(notes.join()).not.toContain('Not every script')
  })

  it('asks as a frame, a browser and a script would', async () => {
    const heard: { requests: { method?: string; url?: string; headers?: Record<string, string> }[] } = { requests: [] }
    await web.add(APP, siteListener(healthyApp, heard))
    await web.add(API, siteListener(healthyApi, heard))
    await reportOf(web, line.folder, `${APP}/`, '--api', `${API}/me`)
    const seen = heard.requests.map(({ method, url, headers }) => {
      const names = ['sec-fetch-dest', 'origin', 'access-control-request-headers']
      return [method, url, ...names.flatMap((name) => headers?.[name] ?? [])].join(' ')
    })
    expect(seen).toEqual([
      'GET / iframe',
      'GET /app.js',
      'GET / document',
      `GET /me ${APP}`,
      `OPTIONS /me ${APP} authorization`,
    ])
  })

  it('does not take the names in teams-js itself for calls of the page', async () => {
    const manifest = { ...healthyManifest, showLoadingIndicator: true }
    const app: Site = {
      '/': { ...healthyApp['/'], body: '<script src="/MicrosoftTeams.min.js"></script>msal.js.browser' },
      '/MicrosoftTeams.min.js': { body: 'exports.notifySuccess = 1' },
    }
    expect((await reportFor({ manifest, app })).findings.map(({ code }) => code)).toEqual(['loading_indicator'])
  })

  it('says in words what --json says', async () => {
    await web.add(
      APP,
      siteListener(
        page({
          body: '<script>handleRedirectPromise()</script>',
          headers: { 'x-frame-options': 'DENY', 'content-security-policy': '' },
        }),
      ),
    )
    const { exitCode, text } = await runDoctor(web, line.folder, `${APP}/`, '--client-id', CLIENT_ID)
    expect(exitCode).toBe(1)
    expect(text).toMatchInlineSnapshot(`
      "✗ x_frame_options: \`X-Frame-Options\` keeps every host from showing the page.
          Send \`Content-Security-Policy: frame-ancestors 'self' https://*.cloud.microsoft https://teams.microsoft.com https://*.teams.microsoft.com https://*.microsoft365.com https://*.office.com https://outlook.office365.com\` in its place.
      One thing breaks at https://app.contoso.com/.

      To know:
        No manifest was named, so none was checked.

      Compare with the app registration:
        Overview, Application (client) ID
          11111111-2222-3333-4444-555555555555
        Authentication, Single-page application, Redirect URIs
          https://app.contoso.com/
          brk-multihub://app.contoso.com
        Expose an API, Application ID URI
          api://app.contoso.com/11111111-2222-3333-4444-555555555555
        Expose an API, Scopes
          access_as_user
        Expose an API, Authorized client applications
          1fec8e78-bce4-4aaf-ab1b-5451cc387264
          5e3ce6c0-2b1f-4285-8d4b-75ee78787346
          4765445b-32c6-49b0-83e6-1d93765276ca
          0ec893e0-5785-4de6-99da-4ed124e5296c
          d3590ed6-52b3-4102-aeff-aad2292ab01c
          bc59ab01-8403-45c6-8796-ac3ef710b3e3
          27922004-5251-4030-b22d-91ecd9a37ea4"
    `)
  })
})
