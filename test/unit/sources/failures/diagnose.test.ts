import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { diagnose } from '../../../../src/sources/failures/diagnose.js'
import { PEER_RANGES } from '../../../../src/sources/failures/diagnosis.js'
import type { Evidence } from '../../../../src/sources/failures/evidence.js'
import type { Refusal } from '../../../../src/sources/source.js'

const authority = 'https://login.microsoftonline.com'
const url = 'https://cdn.contoso.com/assets/library-4711.js'
const csp = [
  { url: 'inline', directive: 'script-src-elem' },
  { url, directive: 'script-src-elem' },
  { url: `${authority}/t/oauth2/v2.0/token`, directive: 'connect-src' },
]
const chromium = `TypeError: Failed to fetch dynamically imported module: ${url}`
const firefox = `TypeError: error loading dynamically imported module: ${url}`
const webkit = 'TypeError: Importing a module script failed.'
const webpack = `ChunkLoadError: Loading chunk 12 failed. (missing: ${url})`

const of = (refusal: Refusal, evidence: Partial<Evidence>) =>
  diagnose(refusal, { text: '', blocked: [], authority, ...evidence })
const part = (evidence: Partial<Evidence>) => of({ refused: 'unavailable', why: 'part' }, evidence)
const answer = (text: string, blocked: Evidence['blocked'] = []) => of({ refused: 'unavailable' }, { text, blocked })

describe('a part', () => {
  it.each([chromium, firefox, webpack])('that a policy blocks names the directive and the origin: %s', (text) => {
    expect(part({ text, blocked: csp })).toEqual({
      refused: 'config_invalid',
      why: 'csp',
      retryable: false,
      values: { url, blocked: 'https://cdn.contoso.com', directive: 'script-src' },
    })
  })

  it.each(['connect-src', 'img-src', 'style-src-elem'])('is not what a policy blocks as %s', (directive) => {
    expect(part({ text: chromium, blocked: [{ url, directive }] })).toBeUndefined()
    expect(part({ text: chromium, blocked: [{ url, directive: 'default-src' }] })?.why).toBe('csp')
  })

  it.each([
    [404, 'text/plain'],
    [410, undefined],
    [200, 'text/html'],
  ])('that is answered with %s and %s is gone, which takes a reload', (status, contentType) => {
    for (const text of [chromium, firefox, webpack])
      expect(part({ text, status, contentType })).toEqual({
        why: 'part_gone',
        retryable: false,
        values: { status: `${status}` },
      })
  })

  it.each([undefined, 0, 401, 403, 408, 425, 429, 500, 503])(
    'that does not come, with status %s, can come the next time',
    (status) => {
      for (const text of [chromium, firefox, webkit, webpack, 'No response.'])
        expect(part({ text, status, contentType: 'text/html' })).toBeUndefined()
    },
  )

  it.each(['text/javascript', 'application/javascript; charset=utf-8', 'text/ecmascript', '', undefined])(
    'that is cut off on its way, as %s, can come the next time',
    (contentType) => {
      expect(part({ text: chromium, status: 200, contentType })).toBeUndefined()
    },
  )

  it.each(['text/javascript', undefined])(
    'that comes, as %s, and is not run by its script element is another file',
    (contentType) => {
      const text = `Failed to load the script ${url}`
      expect(part({ text, status: 200, contentType })).toEqual({
        why: 'part_gone',
        values: { status: 'another file' },
      })
      expect(part({ text, status: 503, contentType })).toBeUndefined()
      expect(part({ text, status: 404, contentType })?.why).toBe('part_gone')
    },
  )

  it.each([
    `Error: Error loading ${url} (SystemJS Error#3 https://github.com/systemjs/systemjs/blob/main/docs/errors.md#3)`,
    `ScriptExternalLoadError: Loading script failed.\n(missing: ${url})`,
    'Error: Unable to preload CSS for /assets/undefined.css',
    `TypeError: error loading dynamically imported module: https://cdn.contoso.com/null/not a property.js`,
    'TypeError: Load failed',
    'Boom',
    '',
  ])('that a loader of its own could not get can come the next time: %s', (text) => {
    expect(part({ text })).toBeUndefined()
  })

  it.each([
    [
      'Failed to resolve module specifier "@microsoft/teams-js". Relative references must start with',
      '@microsoft/teams-js',
    ],
    ['The specifier “@azure/msal-browser” was a bare specifier, but was not remapped', '@azure/msal-browser'],
    ["Module name, '@microsoft/teams-js' does not resolve to a valid URL.", '@microsoft/teams-js'],
    ["Cannot find module '@azure/msal-browser'", '@azure/msal-browser'],
    ['Could not resolve "@microsoft/teams-js" imported by "twodoor". Is it installed?', '@microsoft/teams-js'],
    [
      "SyntaxError: The requested module '/deps/@azure_msal-browser.js?v=1' does not provide an export named 'x'",
      '@azure/msal-browser',
    ],
    ["SyntaxError: Importing binding name 'x' is not found. @microsoft/teams-js", '@microsoft/teams-js'],
    ['@microsoft/teams-js 2.40.0 is older than that.', '@microsoft/teams-js'],
  ])('whose library is missing, or too old, names it and its range: %s', (text, peer) => {
    expect(part({ text })).toEqual({
      refused: 'unsupported',
      why: 'peer',
      retryable: false,
      values: { peer, range: PEER_RANGES[peer] },
    })
  })

  it.each([
    "TypeError: Cannot read properties of undefined (reading 'x')",
    'ReferenceError: x is not defined',
    "SyntaxError: The requested module './a.js' does not provide an export named 'b'",
    "SyntaxError: Unexpected token '<'",
  ])('that throws is no matter of trying again: %s', (text) => {
    expect(part({ text })).toEqual({ refused: 'unsupported', why: 'thrown', retryable: false })
  })
})

describe('a call of Entra ID', () => {
  const failures = ['BrowserAuthError: post_request_failed: …', 'network_error: …', 'TypeError: Failed to fetch']

  it.each(failures)('that a policy blocks names `connect-src` and the origin: %s', (text) => {
    expect(answer(text, csp)).toMatchObject({
      refused: 'config_invalid',
      why: 'csp',
      retryable: false,
      values: { blocked: authority, directive: 'connect-src' },
    })
  })

  it.each(['frame-src', 'img-src', 'script-src-elem'])('is not what a policy blocks as %s', (directive) => {
    const blocked = [{ url: `${authority}/t/oauth2/v2.0/authorize`, directive }]
    expect(answer('TypeError: Failed to fetch', blocked)).toMatchObject({ why: 'unreachable' })
    expect(answer('TypeError: Failed to fetch', [{ url: authority, directive: 'default-src' }])?.why).toBe('csp')
  })

  it.each(failures)('that fails without one can pass: %s', (text) => {
    expect(answer(text, csp.slice(0, 2))).toEqual({ why: 'unreachable', values: { authority } })
  })

  it.each([
    "TypeError: Cannot create property 'key_id' on string",
    'TypeError: library.createNestablePublicClientApplication is not a function',
    'TypeError: undefined is not an object (evaluating x.y)',
    'TypeError: can\'t access property "x", y is undefined',
    'ReferenceError: x is not defined',
  ])('that ends in a mistake of the code is no matter of trying again: %s', (text) => {
    expect(answer(text)).toEqual({ refused: 'unsupported', why: 'thrown', retryable: false })
  })

  it.each(['', 'brand_new_error', 'ServerError: server_error: AADSTS90033', 'TypeError: Load failed', 'Unexpected'])(
    'that says another file stays what it is: %j',
    (text) => {
      expect(answer(text)).toBeUndefined()
    },
  )

  it('that was understood stays what it is', () => {
    expect(of({ refused: 'denied', why: '50105' }, { text: 'ReferenceError: x' })).toBeUndefined()
    expect(of({ refused: 'host_refused' }, { text: 'TypeError: x is not a function' })).toBeUndefined()
  })
})

describe('a host that does not answer', () => {
  const lost = (version: string, parent = 'https://teams.microsoft.com') =>
    of({ refused: 'host_timeout', why: 'host_lost' }, { text: `teams-js ${version}`, parent })

  it.each(['1.13.1', '2.0.0', '2.9.1', '2.30.0'])('may not be heard by teams-js %s', (version) => {
    expect(lost(version)).toMatchObject({
      refused: 'unsupported',
      why: 'peer',
      values: { peer: '@microsoft/teams-js', cause: expect.stringMatching(/^the page has .*\bmay\b/) },
    })
  })

  it.each(['2.31.0', '2.47.2', '2.57.0'])('is not heard by teams-js %s if it is on http', (version) => {
    expect(lost(version)).toBeUndefined()
    expect(lost(version, 'http://localhost:3000')).toEqual({
      refused: 'unsupported',
      why: 'http_host',
      retryable: false,
      values: { version, host: 'http://localhost:3000' },
    })
  })

  it.each(['undefined', '2.58.0', '2.100.0', '3.0.0'])('is lost to teams-js %s', (version) => {
    expect(lost(version)).toBeUndefined()
    expect(lost(version, 'http://localhost:3000')).toBeUndefined()
  })

  it('is lost for another reason than its age where teams-js gives one', () => {
    expect(of({ refused: 'host_timeout', why: 'host_lost' }, { text: 'Error: No Parent window found' })).toBeUndefined()
  })
})

it('knows the versions that package.json names', () => {
  const text = readFileSync('package.json', 'utf8')
  expect(JSON.parse(text)).toMatchObject({ peerDependencies: PEER_RANGES })
  for (const [library, peer] of [
    ['teams', '@microsoft/teams-js'],
    ['msal', '@azure/msal-browser'],
  ] as const) {
    const source = readFileSync(`src/sources/${library}/versions.ts`, 'utf8')
    const oldest = PEER_RANGES[peer]?.replace(/^\^| .*/g, '').replaceAll('.', ', ')
    expect(source).toContain(`OLDEST = [${oldest}]`)
  }
  const [, oldest] = /\batAll: '([\d.]+)'/.exec(readFileSync('src/sources/failures/diagnose.ts', 'utf8')) ?? []
  expect(`^${oldest}`).toBe(PEER_RANGES['@microsoft/teams-js'])
})
