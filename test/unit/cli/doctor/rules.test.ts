// @vitest-environment node
// The rules by themselves, and what they read.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cookieForms } from '../../../../src/cli/doctor/cookies.js'
import { examine } from '../../../../src/cli/doctor/examine.js'
import type { Api, Facts, Page } from '../../../../src/cli/doctor/facts.js'
import {
  computesNames,
  insecureOrigins,
  metaPolicies,
  modulesIn,
  scriptsOf,
} from '../../../../src/cli/doctor/markup.js'
import type { Manifest } from '../../../../src/cli/doctor/read-manifest.js'
import { reportAsJson, reportInWords } from '../../../../src/cli/doctor/report.js'
import { apiRules } from '../../../../src/cli/doctor/rules/api.js'
import { manifestRules } from '../../../../src/cli/doctor/rules/manifest.js'
import { pageRules } from '../../../../src/cli/doctor/rules/page.js'
import { redirectPageRules } from '../../../../src/cli/doctor/rules/redirect-page.js'
import { allows, policiesOf } from '../../../../src/cli/policy.js'
import { clouds } from '../../../../src/shared/clouds.js'
import { addMessage } from '../../../../src/sources/failures/messages.js'
import { CLIENT_ID } from './contoso.js'

const url = new URL('https://app.contoso.com/')
const now = Date.parse('2026-01-01T00:00:00Z')
const [cloud = clouds[0]] = clouds
if (!cloud) throw new Error('There are clouds.')

const page = (headers: HeadersInit = {}, changes: Partial<Page> = {}): Page => ({
  asked: url,
  url,
  redirects: [],
  status: 200,
  headers: new Headers([['content-type', 'text/html'], ...new Headers(headers)]),
  text: '',
  isCut: false,
  code: { text: 'twodoor', isComplete: true },
  sentAt: now,
  receivedAt: now,
  ...changes,
})
const facts = (changes: Partial<Facts> = {}): Facts => ({
  page: page(),
  redirectPage: page(),
  api: undefined,
  manifest: undefined,
  clientId: CLIENT_ID,
  cloud,
  ...changes,
})
const manifest = (changes: Partial<Manifest> = {}): Manifest => ({
  version: '1.22',
  clientId: CLIENT_ID,
  resource: `api://app.contoso.com/${CLIENT_ID}`,
  nestedRedirectUris: ['brk-multihub://app.contoso.com'],
  hasWebApplicationInfo: true,
  tabUrls: [url.href],
  validDomains: ['app.contoso.com'],
  showsLoadingIndicator: false,
  ...changes,
})
const codes = (findings: readonly { code: string }[]) => findings.map(({ code }) => code)
const ofPage = (headers: HeadersInit, changes: Partial<Page> = {}) =>
  codes(pageRules(facts({ page: page(headers, changes) })))
const ofManifest = (changes: Partial<Manifest>, more: Partial<Facts> = {}) =>
  codes(manifestRules(facts({ manifest: manifest(changes), ...more })))

describe('a source of a policy', () => {
  it.each<[isAllowed: boolean, source: string, wanted: string]>([
    [true, '*', 'https://*.office.com'],
    [true, 'https:', 'https://*.office.com'],
    [true, 'http:', 'https://*.office.com'],
    [true, 'https://*.office.com', 'https://*.office.com'],
    [true, '*.office.com', 'https://*.office.com'],
    [true, 'http://*.office.com', 'https://outlook.office.com'],
    [true, 'https://*.office.com:443', 'https://a.b.office.com'],
    [true, 'https://*.office.com:*', 'https://outlook.office.com'],
    [true, 'https://*.microsoft.com', 'https://*.teams.microsoft.com'],
    [true, 'https://teams.microsoft.com/', 'https://teams.microsoft.com'],
    [true, "'self'", 'https://app.contoso.com'],
    [true, 'http://localhost:5173', 'http://localhost:5173'],
    [false, "'self'", 'https://teams.microsoft.com'],
    [false, "'none'", 'https://teams.microsoft.com'],
    [false, 'https://*.office.com', 'https://office.com'],
    [false, 'https://*.office.com', 'https://evil-office.com'],
    [false, 'https://outlook.office.com', 'https://*.office.com'],
    [false, 'https://office.com', 'https://outlook.office.com'],
    [false, 'wss://teams.microsoft.com', 'https://teams.microsoft.com'],
    [false, 'https://teams.microsoft.com:8443', 'https://teams.microsoft.com'],
    [false, 'https://login.microsoftonline.com/contoso', 'https://login.microsoftonline.com'],
    [false, 'http://localhost:5174', 'http://localhost:5173'],
    [false, "'nonce-abc'", 'https://teams.microsoft.com'],
    [false, 'data:', 'https://teams.microsoft.com'],
  ])('%s: %s for %s', (isAllowed, source, wanted) => {
    expect(allows([source], wanted, 'https://app.contoso.com')).toBe(isAllowed)
  })

  it('counts in every policy at once, and a directive only the first time', () => {
    const headers = new Headers({
      'content-security-policy': "Frame-Ancestors 'self'; frame-ancestors *, , default-src *",
    })
    expect(policiesOf(headers, ["connect-src 'none'"])).toEqual([
      new Map([['frame-ancestors', ["'self'"]]]),
      new Map([['default-src', ['*']]]),
      new Map([['connect-src', ["'none'"]]]),
    ])
  })
})

describe('a page', () => {
  const all = `frame-ancestors ${cloud.frameAncestors.join(' ')}`

  it.each<[codes: string[], headers: Record<string, string>]>([
    [[], {}],
    [[], { 'content-security-policy': all }],
    [[], { 'content-security-policy': 'frame-ancestors *', 'x-frame-options': 'DENY' }],
    [[], { 'content-security-policy-report-only': "frame-ancestors 'none'; default-src 'none'" }],
    [[], { 'x-frame-options': 'ALLOW-FROM https://teams.microsoft.com' }],
    [['x_frame_options'], { 'x-frame-options': 'deny' }],
    [['x_frame_options'], { 'content-security-policy': 'default-src *', 'x-frame-options': 'SAMEORIGIN, SAMEORIGIN' }],
    [['frame_ancestors'], { 'content-security-policy': `${all}, frame-ancestors 'self'` }],
    [['frame_ancestors'], { 'content-security-policy': 'frame-ancestors' }],
    [['connect_src'], { 'content-security-policy': "default-src 'self'" }],
    [[], { 'content-security-policy': "default-src 'none'; connect-src https: 'self'" }],
    [['connect_src'], { 'content-security-policy': "connect-src 'none'" }],
    [[], { 'content-security-policy': 'connect-src https://login.microsoftonline.com' }],
  ])('has %j with %j', (expected, headers) => {
    expect(ofPage(headers)).toEqual(expected)
  })

  it.each<[codes: string[], cookies: string[]]>([
    [[], ['s=v; SameSite=None; Secure; Partitioned']],
    [[], ['s=v; Secure; SameSite=Lax', 's=v; Secure; samesite=none; partitioned']],
    [[], ['s=; Max-Age=0', 't=; Expires=Wed, 31 Dec 2025 00:00:00 GMT']],
    [['cookie_same_site'], ['s=v', 't=v; SameSite=Strict; Secure']],
    [['cookie_secure'], ['s=v; SameSite=None; Partitioned']],
    [['cookie_same_site'], ['s=v; SameSite=None; Secure', 't=v; SameSite=Lax']],
    [[], ['s=v; SameSite=None; Secure', 's=v; SameSite=Lax']],
    [[], ['ARRAffinity=v; Path=/; HttpOnly; Secure', 'ARRAffinitySameSite=v; SameSite=None; Secure']],
    [[], ['AWSALB=v; Path=/', 'AWSALBCORS=v; SameSite=None; Secure']],
  ])('has %j with the cookies %j', (expected, cookies) => {
    const headers = new Headers([
      ['content-type', 'text/html'],
      ...cookies.map((each): [string, string] => ['set-cookie', each]),
    ])
    expect(codes(pageRules(facts({ page: page({}, { headers }) })))).toEqual(expected)
  })

  it.each<[isNoted: boolean, cookies: string[]]>([
    [true, ['s=v; SameSite=None; Secure']],
    [false, ['s=v; SameSite=None; Secure; Partitioned']],
    [false, ['s=v; SameSite=None; Secure', 's=v; SameSite=None; Secure; Partitioned']],
    [false, ['s=v; SameSite=Lax']],
    [false, ['ARRAffinitySameSite=v; SameSite=None; Secure']],
  ])('tells of cookies that are not partitioned: %s for %j', (isNoted, cookies) => {
    const headers = new Headers(cookies.map((each): [string, string] => ['set-cookie', each]))
    const { notes } = examine(facts({ page: page({}, { headers }) }))
    const note =
      'Where third-party cookies are blocked, a frame no longer sends these: s. Set them with `Partitioned` too, as `createSessions` does.'
    expect(notes.includes(note)).toBe(isNoted)
  })

  it.each([
    { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" },
    { 'x-frame-options': 'DENY' },
    { 'set-cookie': 'buid=v; SameSite=None; Secure' },
    { 'set-cookie': 'buid=v' },
    { date: new Date(now - 3_600_000).toUTCString() },
  ])('is not blamed for what another site sends that it leads to: %j', (headers) => {
    const signInPage = page(headers, { url: new URL('https://login.microsoftonline.com/'), status: 400 })
    const { findings, notes } = examine(facts({ page: signInPage }))
    expect(codes(findings)).toEqual(['page_leaves'])
    expect(notes).toEqual(['No manifest was named, so none was checked.'])
  })

  it.each<[codes: string[], date: number, age?: string]>([
    [[], now],
    [[], now + 60_000],
    [[], now - 3_600_000, '3600'],
    [['clock'], now + 62_000],
    [['clock'], now - 62_000],
    [['clock'], now - 62_000, 'x'],
    [[], now, '3600'],
    [['clock'], now - 3_600_000, '60'],
    [['clock'], now + 3_600_000, '60'],
  ])('has %j at the time %d', (expected, date, age) => {
    expect(ofPage({ date: new Date(date).toUTCString(), ...(age && { age }) })).toEqual(expected)
  })

  it.each<[isNoted: boolean, headers: Record<string, string>]>([
    [true, {}],
    [true, { date: new Date(now).toUTCString(), age: '3600' }], // Cloudflare sends the time of now with what it has kept
    [false, { date: new Date(now - 3_600_000).toUTCString(), age: '3600' }],
    [false, { date: new Date(now).toUTCString(), age: '1' }],
    [false, { date: new Date(now).toUTCString() }],
  ])('says that its clock was not compared: %s for %j', (isNoted, headers) => {
    const { notes } = examine(facts({ page: page(headers) }))
    expect(notes.some((note) => note.endsWith('clock was not compared.'))).toBe(isNoted)
  })

  it.each<[codes: string[], policy: string, text: string]>([
    [['mixed_content'], 'frame-ancestors *', ''],
    [[], 'frame-ancestors *; Upgrade-Insecure-Requests', ''],
    [[], 'frame-ancestors *', '<meta http-equiv="Content-Security-Policy" content="upgrade-insecure-requests">'],
  ])('that loads from plain http has %j with %s%s', (expected, policy, text) => {
    const loading = `${text}<img src="http://cdn.contoso.com/logo.png">`
    expect(ofPage({ 'content-security-policy': policy }, { text: loading })).toEqual(expected)
  })

  it('whose answer took long is not said to have a wrong clock', () => {
    expect(ofPage({ date: new Date(now).toUTCString() }, { receivedAt: now + 130_000 })).toEqual([])
  })

  it.each(['http://localhost:5173/', 'http://127.0.0.1/', 'http://[::1]:80/'])(
    'on loopback needs no https: %s',
    (address) => {
      const local = new URL(address)
      expect(ofPage({}, { url: local, asked: local })).toEqual([])
    },
  )
})

describe('a manifest', () => {
  it.each<[codes: string[], changes: Partial<Manifest>]>([
    [[], {}],
    [[], { resource: undefined }],
    [[], { resource: `API://App.Contoso.com/${CLIENT_ID.toUpperCase()}` }],
    [[], { resource: `api://app.contoso.com/botid-${CLIENT_ID}` }],
    [[], { resource: 'api://app.contoso.com/orders' }],
    [[], { resource: `api://botid-${CLIENT_ID}` }],
    [['resource'], { resource: `api://botid-${CLIENT_ID}`, nestedRedirectUris: undefined }],
    [['resource'], { resource: 'api://botid-/' }],
    [['resource'], { resource: 'https://app.contoso.com/orders' }],
    [[], { nestedRedirectUris: undefined, version: '1.16' }],
    [[], { version: 'devPreview' }],
    [[], { validDomains: ['*.contoso.com'] }],
    [['resource'], { resource: undefined, nestedRedirectUris: undefined }],
    [['resource'], { resource: 'api://app.contoso.com.evil.example/x' }],
    [['resource'], { resource: `api://app.contoso.com:443/${CLIENT_ID}` }],
    [['nested_redirect_uri'], { nestedRedirectUris: [] }],
    [['nested_redirect_uri'], { nestedRedirectUris: ['brk-multihub://app.contoso.com/'] }],
    [['client_id'], { clientId: undefined }],
    [['tab_url'], { tabUrls: [] }],
    [['valid_domain'], { validDomains: [] }],
    [['valid_domain', 'valid_domain_form'], { validDomains: ['*'] }],
  ])('has %j with %j', (expected, changes) => {
    expect(ofManifest(changes)).toEqual(expected)
  })

  it.each<[isNoted: boolean, resource: string]>([
    [true, 'api://app.contoso.com/orders'],
    [true, 'api://app.contoso.com'],
    [false, `api://app.contoso.com/${CLIENT_ID.toUpperCase()}`],
    [false, `api://app.contoso.com/botid-${CLIENT_ID}`],
    [false, 'api://contoso.com/orders'],
  ])('has another name at the end of its resource, which is told: %s for %s', (isNoted, resource) => {
    const { notes } = examine(facts({ manifest: manifest({ resource }) }))
    const note = `\`webApplicationInfo.resource\` does not end in the client ID: see that ${resource} is the Application ID URI of the registration.`
    expect(notes.includes(note)).toBe(isNoted)
  })

  it.each<[uri: string, resource: string | undefined]>([
    ['api://app.contoso.com/Orders', 'api://app.contoso.com/Orders'],
    [`api://app.contoso.com/botid-${CLIENT_ID}`, `api://app.contoso.com/botid-${CLIENT_ID}`],
    [`api://app.contoso.com/${CLIENT_ID}`, 'api://contoso.com/orders'],
    [`api://app.contoso.com/${CLIENT_ID}`, undefined],
  ])('leads to a registration with %s where its resource is %s', (uri, resource) => {
    const { registration } = examine(facts({ manifest: manifest({ resource }) }))
    expect(registration.find(({ field }) => field.endsWith('Application ID URI'))?.values).toEqual([uri])
  })

  it('has no sign-in page in `validDomains` that the page leads to', () => {
    const signInPage = page({}, { url: new URL('https://login.microsoftonline.com/') })
    expect(ofManifest({}, { page: signInPage })).toEqual([])
    expect(ofManifest({ validDomains: [] }, { page: signInPage })).toEqual(['valid_domain'])
    const [finding] = manifestRules(facts({ manifest: manifest({ validDomains: [] }), page: signInPage }))
    expect(finding?.remedy).toBe('Add app.contoso.com.')
  })

  it('of a page with a port names it, or the host alone in `validDomains`', () => {
    const local = new URL('https://localhost:5173/')
    const changes = {
      resource: `api://localhost:5173/${CLIENT_ID}`,
      nestedRedirectUris: ['brk-multihub://localhost:5173'],
      tabUrls: [local.href],
    }
    const more = { page: page({}, { asked: local, url: local }) }
    expect(ofManifest({ ...changes, validDomains: ['localhost:5173'] }, more)).toEqual([])
    expect(ofManifest({ ...changes, validDomains: ['localhost'] }, more)).toEqual([])
    expect(ofManifest({ ...changes, validDomains: ['localhost:5174'] }, more)).toEqual(['valid_domain'])
  })

  it.each(['app.notifySuccess()', 'send("appInitialization.success")', 'Symbol.for("twodoor")'])(
    'with a loading indicator fits a page that has %s',
    (text) => {
      const more = { page: page({}, { code: { text, isComplete: true } }) }
      expect(ofManifest({ showsLoadingIndicator: true }, more)).toEqual([])
    },
  )
})

describe('the words', () => {
  const window = { location: { origin: url.origin, host: url.host } } as Window
  const settings = {
    clientId: CLIENT_ID,
    tenant: 'contoso.com',
    redirectUri: url.href,
    client: undefined,
    authority: 'https://login.microsoftonline.com',
    scopes: [],
  }

  it('for a manifest are those of the error that a host gives', () => {
    const [finding] = manifestRules(facts({ manifest: manifest({ resource: 'api://x' }) }))
    const refusal = {
      refused: 'host_refused',
      cause: 'App resource defined in manifest and iframe origin do not match',
    } as const
    expect(finding?.remedy).toBe(addMessage(refusal, { settings, window }).remedy)
  })

  it('have no control characters of a page or a manifest in them', () => {
    const { findings } = {
      findings: manifestRules(facts({ manifest: manifest({ validDomains: ['app.contoso.com', '\u001b[2J\n'] }) })),
    }
    const text = reportInWords({ url: url.href, findings, registration: [], notes: ['\u202e'] }).join('')
    expect(codes(findings)).toEqual(['valid_domain_form'])
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  it('have none in JSON either, which reads as it was', () => {
    const report = { url: url.href, findings: [], registration: [], notes: ['\u001b[2J\n\u009b2J\u202e\u{e0001}'] }
    const text = reportAsJson(report)
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(JSON.parse(text)).toEqual(report)
  })
})

describe('the page that Entra ID comes back to', () => {
  it.each<[codes: string[], policy: string]>([
    [[], 'unsafe-none'],
    [[], ''],
    [['coop'], 'same-origin'],
    [['coop'], 'same-origin-allow-popups; report-to="coop"'],
    [['coop'], 'noopener-allow-popups'],
  ])('has %j with the policy %s where pop-ups end', (expected, policy) => {
    const code = { text: 'runPopup({ clientId, tenant })', isComplete: true }
    const popupPage = new URL('/popup.html', url)
    const redirectPage = page({ 'cross-origin-opener-policy': policy }, { code, asked: popupPage, url: popupPage })
    expect(codes(redirectPageRules(facts({ redirectPage })))).toEqual(expected)
    expect(codes(redirectPageRules(facts({ page: redirectPage })))).toEqual(expected)
  })

  it('only tells of such a policy where no pop-up ends, as a redirect has no opener', () => {
    const redirectPage = page({ 'cross-origin-opener-policy': 'same-origin' })
    const { findings, notes } = examine(facts({ page: redirectPage, redirectPage }))
    expect(findings).toEqual([])
    expect(notes.filter((note) => note.includes('Opener'))).toEqual([
      'https://app.contoso.com/ sends `Cross-Origin-Opener-Policy: same-origin`, which the page of `popupPage` must not.',
    ])
  })

  it.each<[codes: string[], text: string, isComplete: boolean]>([
    [['redirect_uri_sdk'], 'Hello', true],
    [[], 'Hello', false],
    [[], 'x="msal.js.browser"', true],
  ])('has %j with the code %s, all of it: %s', (expected, text, isComplete) => {
    expect(codes(redirectPageRules(facts({ redirectPage: page({}, { code: { text, isComplete } }) })))).toEqual(
      expected,
    )
  })
})

describe('an API', () => {
  const challenge = { 'www-authenticate': 'Bearer' }
  const shared = { ...challenge, 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' }
  const preflight = page({
    'access-control-allow-origin': url.origin,
    'access-control-allow-headers': 'x, AUTHORIZATION',
  })
  const api = (headers: HeadersInit, changes: Partial<Api> = {}): Api => ({
    ...page(headers, { status: 401 }),
    asked: new URL('https://api.contoso.com/me'),
    preflight,
    ...changes,
  })

  it.each<[codes: string[], api: Api]>([
    [[], api(shared)],
    [[], api(challenge, { preflight: undefined })],
    [[], api(shared, { status: 200 })],
    [['api_challenge'], api({}, { preflight: undefined })],
    [['api_expose'], api({ ...shared, 'access-control-expose-headers': 'etag' })],
    [['api_allow_origin'], api({ ...shared, 'access-control-allow-origin': 'https://contoso.com' })],
    [[], api({ ...shared, 'access-control-allow-origin': ` ${url.origin} ` })],
    // Two answers to one question, of a proxy and of the app behind it, are none for a browser.
    [['api_allow_origin'], api({ ...shared, 'access-control-allow-origin': `${url.origin}, ${url.origin}` })],
    [['api_allow_origin'], api({ ...shared, 'access-control-allow-origin': `*, ${url.origin}` })],
    [['api_allow_origin'], api({ ...shared, 'access-control-allow-origin': 'https://App.contoso.com' })],
    [['api_allow_authorization'], api(shared, { preflight: { ...preflight, status: 401 } })],
    [['api_status'], api({}, { status: 500 })],
  ])('has %j: %#', (expected, given) => {
    expect(codes(apiRules(facts({ api: given })))).toEqual(expected)
  })
})

describe('the reading of a page', () => {
  const hrefs = (urls: readonly URL[]) => urls.map(({ href }) => href)
  const scriptsIn = (html: string, address: URL) => {
    const { named, guessed } = scriptsOf(html, address)
    return { named: hrefs(named), guessed: hrefs(guessed) }
  }

  it('finds its scripts', () => {
    const html = `<SCRIPT SRC = '/a.js?x=1&amp;y=2'></SCRIPT><link rel=modulepreload href=b.mjs><script>
      import x from "./c.js"; load(["assets/d.js", "e.txt", 'react'])</script><a href="f.js">f</a><!-- > --><script src="data:,1">`
    expect(scriptsIn(html, new URL('https://app.contoso.com/app/'))).toEqual({
      named: ['https://app.contoso.com/a.js?x=1&y=2', 'https://app.contoso.com/app/b.mjs'],
      guessed: ['https://app.contoso.com/app/c.js', 'https://app.contoso.com/assets/d.js'],
    })
  })

  it.each<[script: string, base: string]>([
    ['https://app.contoso.com/main.js', '<base href="/"><base href="/other/">'],
    ['https://app.contoso.com/orders/main.js', '<base target=_top><base href="../orders/">'],
    ['https://cdn.contoso.com/v2/main.js', '<BASE HREF=https://cdn.contoso.com/v2/index.html>'],
    ['https://app.contoso.com/teams/main.js', '<base href="data:text/plain,x">'],
    ['https://app.contoso.com/teams/main.js', '<base href="https://[">'],
    ['https://app.contoso.com/teams/main.js', '<!-- <base href="/"> -->'],
  ])('finds %s with %s', (script, base) => {
    const html = `${base}<script src=main.js></script><script src></script>`
    expect(scriptsIn(html, new URL('https://app.contoso.com/teams/tab'))).toEqual({ named: [script], guessed: [] })
  })

  it('finds what a module names, below itself', () => {
    expect(hrefs(modulesIn('import("./x.js");import`../y.tsx?t=1`', new URL('https://cdn.example/a/b/c.js')))).toEqual([
      'https://cdn.example/a/b/x.js',
      'https://cdn.example/a/y.tsx?t=1',
    ])
  })

  it('finds what is on plain http, and leaves links and loopback alone', () => {
    const html = `<a href="http://a.example/"><img src="http://b.example/x.png"><img src="http://localhost/x.png">
      <link rel="stylesheet" href='http://c.example/x.css'><!-- <img src="http://f.example/"> --><link rel="canonical" href="http://d.example/"><form action=http://e.example/>`
    expect(insecureOrigins(html)).toEqual(['http://b.example', 'http://c.example', 'http://e.example'])
  })

  it('finds policies of the page itself', () => {
    expect(
      metaPolicies(`<meta http-equiv="content-security-policy" content="default-src 'self'"><meta charset=utf-8>`),
    ).toEqual(["default-src 'self'"])
  })

  it.each<[policy: string, written: string]>([
    ["default-src 'self'", 'default-src &#x27;self&#X27;'],
    ["default-src 'self'", 'default-src &#39;self&apos;'],
    ['"<>&', '&quot;&lt;&gt;&amp;'],
    ['&#39;', '&amp;#39;'],
    ['\ufffd', '&#x110000;'],
    ['&nothing; & &#;', '&nothing; & &#;'],
  ])('reads %s where a framework has written %s', (policy, written) => {
    expect(metaPolicies(`<meta http-equiv=content-security-policy content="${written}">`)).toEqual([policy])
  })

  it.each<[computed: boolean, script: string]>([
    [true, 'r.u=e=>"static/js/"+e+"."+{42:"abc"}[e]+".chunk.js"'],
    [true, `const src = \`chunks/\${name}.min.mjs\``],
    [true, 'load("/locale/" + language + ".js?v=1")'],
    [true, 'import(/* @vite-ignore */ address)'],
    [true, `import( \`./pages/\${page}\` )`],
    [true, 'System.import(names[0])'],
    [false, 'import("./later.js"), import(/* webpackChunkName: "a" */ \'./a\'), import( `./b.js` )'],
    [false, 'lazy: Expected the result of a dynamic import() call'],
    [false, 'import { a } from "./a.js"; imports(a); const text = "a" + ".json" + a + "js"'],
    [false, 'r.u=e=>({42:"static/js/42.abc.js"})[e]'],
  ])('sees whether a script computes the name of another: %s in %s', (computed, script) => {
    expect(computesNames(script)).toBe(computed)
  })

  it('finds what a script names from the root of its build, which is not always that of the site', () => {
    const chunk = new URL('https://app.contoso.com/orders/static/js/main.js')
    expect(hrefs(modulesIn('["static/js/42.js"]', chunk))).toEqual(['https://app.contoso.com/orders/static/js/42.js'])
    const odd = new URL('https://app.contoso.com//evil.example/static/main.js')
    expect(hrefs(modulesIn('["static/js/42.js"]', odd))).toEqual([
      'https://app.contoso.com//evil.example/static/js/42.js',
    ])
  })

  it('ends on any text', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '=',
      ' ',
      '/',
      'a',
      '<script',
      '</script',
      'src',
      '.js',
      '<!--',
      '&',
      '&#x',
      '110000;',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        const html = pieces.join('')
        const { named, guessed } = scriptsOf(html, url)
        for (const each of [...named, ...guessed, ...modulesIn(html, url)]) expect(each.protocol).toMatch(/^https?:$/)
        insecureOrigins(html)
        metaPolicies(html)
      }),
    )
  })

  it.each([
    '<a',
    '<a b="',
    '<a b=\'"',
    '<script>',
    '"a',
    '"a.js?',
    '<a b=',
    '<',
    'import(',
    'import(/*',
    'import(`',
    '+"',
    '}.',
  ])('takes time with the length of a page and not with its square: %s', (piece) => {
    const html = piece.repeat(1_000_000 / piece.length)
    const startedAt = performance.now()
    scriptsOf(html, url)
    insecureOrigins(html)
    computesNames(html)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  it('takes the names of cookies and never their values', () => {
    const headers = new Headers([
      ['set-cookie', 'session=secret; Secure'],
      ['set-cookie', 'secret2'],
    ])
    expect(JSON.stringify(cookieForms(headers, now))).not.toContain('"secret"')
  })
})
