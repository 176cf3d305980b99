import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detectHost, type HostHints, isKnownHost } from '../../../src/page/host.js'
import { knownHosts } from '../../../src/page/known-hosts.js'

interface FakeWindow {
  /** The origins of the frames around the page, the nearest first; left out where the browser has no such list. */
  ancestors?: string[]
  framed?: boolean
  native?: boolean
  search?: string
  userAgent?: string
  name?: string
}

function fakeWindow({ ancestors, framed, native, search = '', userAgent = '', name = '' }: FakeWindow = {}): Window {
  const page: Record<string, unknown> = { name, navigator: { userAgent }, document: { referrer: '' } }
  page['location'] = { search, ...(ancestors && { ancestorOrigins: ancestors }) }
  page['self'] = page
  page['parent'] = (framed ?? ancestors) ? {} : page
  if (native) page['nativeInterface'] = { framelessPostMessage() {} }
  return page as unknown as Window
}

const detect = (page: FakeWindow, hints?: HostHints) => detectHost(hints, fakeWindow(page))

describe('detectHost', () => {
  it.each<[string, FakeWindow, HostHints, { kind: string; certain: boolean }]>([
    ['a tab of its own', {}, {}, { kind: 'browser', certain: true }],
    ['a top-level page of the Teams app on a phone', { native: true }, {}, { kind: 'teams', certain: true }],
    ['a frame in Teams', { ancestors: ['https://teams.microsoft.com'] }, {}, { kind: 'teams', certain: true }],
    ['a frame in Outlook', { ancestors: ['https://outlook.office.com'] }, {}, { kind: 'teams', certain: true }],
    ['a frame below a wildcard', { ancestors: ['https://m365.cloud.microsoft'] }, {}, { kind: 'teams', certain: true }],
    ['a frame in a foreign page', { ancestors: ['https://portal.example'] }, {}, { kind: 'framed', certain: true }],
    ['a frame without a nearest ancestor', { ancestors: [] }, {}, { kind: 'framed', certain: true }],
    ['a frame in a sandboxed page', { ancestors: ['null'] }, {}, { kind: 'framed', certain: true }],
    [
      'a frame in a foreign page that is itself framed by Teams',
      { ancestors: ['https://portal.example', 'https://teams.microsoft.com'] },
      {},
      { kind: 'framed', certain: true },
    ],
    [
      'a frame in Teams that is itself framed by a foreign page',
      { ancestors: ['https://teams.microsoft.com', 'https://portal.example'] },
      {},
      { kind: 'teams', certain: true },
    ],
    ['a frame that cannot see its ancestors', { framed: true }, {}, { kind: 'teams', certain: false }],
    [
      'a frame in a host that the app named',
      { ancestors: ['http://localhost:5111'] },
      { origins: ['http://localhost:5111'] },
      { kind: 'teams', certain: true },
    ],
    [
      'a frame in another port of the host that the app named',
      { ancestors: ['http://localhost:5112'] },
      { origins: ['http://localhost:5111'] },
      { kind: 'framed', certain: true },
    ],
    ['a tab of its own, hinted as Teams', {}, { kind: 'teams' }, { kind: 'teams', certain: true }],
    [
      'a frame in Teams, hinted as browser',
      { ancestors: ['https://teams.microsoft.com'] },
      { kind: 'browser' },
      { kind: 'browser', certain: true },
    ],
  ])('takes %s for what it is', (_, page, hints, expected) => {
    const { reasons, ...host } = detect(page, hints)
    expect(host).toEqual(expected)
    expect(reasons.length).toBeGreaterThan(0)
  })

  it('is a server without a window, whatever the hints say', () => {
    const { window } = globalThis
    Reflect.deleteProperty(globalThis, 'window')
    try {
      expect(detectHost().kind).toBe('server')
      expect(detectHost({ kind: 'teams' })).toEqual({ kind: 'server', certain: true, reasons: ['there is no window'] })
    } finally {
      globalThis.window = window
    }
  })

  it('takes no element of the page for the bridge of the Teams app, whatever its name', () => {
    // A named element is read from the window like a global, and is no property of its own.
    const page = Object.create({ nativeInterface: document.createElement('a') })
    const top = Object.assign(page, { location: { search: '' }, self: page, parent: page })
    expect(detectHost({}, top).kind).toBe('browser')
  })

  it('looks at the global window by default', () => {
    expect(detectHost()).toEqual({ kind: 'browser', certain: true, reasons: ['the page is top level'] })
  })

  it('never decides by the user agent or the name of the window', () => {
    const signs = { userAgent: 'Mozilla/5.0 Teams/24.1', name: 'embedded-page-container' }
    expect(detect(signs).kind).toBe('browser')
    expect(detect({ ...signs, ancestors: ['https://portal.example'] }).kind).toBe('framed')
  })

  it.each<[Parameters<typeof detect>, string[]]>([
    [[{}], ['the page is top level']],
    [[{}, { kind: 'teams' }], ['`host.kind` says teams']],
    [[{ native: true }], ['the page is top level and has `nativeInterface`']],
    [
      [{ ancestors: ['https://teams.microsoft.com'] }],
      ['the page is framed by https://teams.microsoft.com, a known host'],
    ],
    [[{ ancestors: ['https://portal.example'] }], ['the page is framed by https://portal.example, not a known host']],
    [[{ ancestors: ['null'] }], ['the page is framed by null, not a known host']],
    [[{ ancestors: [] }], ['the page is framed by null, not a known host']],
    [[{ framed: true }], ['the page is framed', 'by whom is unknown']],
    [
      [{ framed: true, search: '?inTeams=1' }, { marker: 'inTeams' }],
      ['the page is framed', 'by whom is unknown', 'the URL has the marker `inTeams`'],
    ],
  ])('gives its reasons in words: %j', (page, reasons) => {
    expect(detect(...page).reasons).toEqual(reasons)
  })
})

describe('the marker of the manifest', () => {
  it.each([
    ['inTeams', '?inTeams=1', true],
    ['inTeams', '?a=b&inTeams', true],
    ['inTeams', '?inteams=1', false],
    ['inTeams', '?x=inTeams', false],
    ['host=teams', '?host=teams', true],
    ['host=teams', '?host=outlook', false],
    ['host=teams', '?host', false],
    ['state=a=b', '?state=a%3Db', true],
    ['state=a=b', '?state=a', false],
    ['inTeams', '', false],
  ])('%s makes a page at %s certain: %s', (marker, search, certain) => {
    expect(detect({ framed: true, search }, { marker })).toMatchObject({ kind: 'teams', certain })
  })

  it('makes neither a foreign parent nor a tab of its own a host', () => {
    const search = '?inTeams=1'
    expect(detect({ ancestors: ['https://portal.example'], search }, { marker: 'inTeams' }).kind).toBe('framed')
    expect(detect({ search }, { marker: 'inTeams' }).kind).toBe('browser')
  })
})

describe('isKnownHost', () => {
  it.each([
    'https://teams.microsoft.com.evil.example',
    'https://evil.example/teams.microsoft.com',
    'https://teams.microsoft.com@evil.example',
    'https://evilteams.microsoft.com',
    'https://teams-microsoft.com',
    'https://x.teams.microsoft.com',
    'https://teams.microsoft.com:8443',
    'https://teams.microsoft.com.',
    'http://teams.microsoft.com',
    'http://xteams.microsoft.com',
    'https://cloud.microsoft',
    'https://a.b.cloud.microsoft',
    'https://contoso.sharepoint.com',
    'https://microsoft',
    'https://*',
    'https://',
    'null',
    '',
  ])('refuses %j', (origin) => {
    expect(isKnownHost(origin)).toBe(false)
  })

  it('compares origins that the app named as a whole', () => {
    expect(isKnownHost('https://host.example', ['https://host.example'])).toBe(true)
    expect(isKnownHost('https://host.example.evil.example', ['https://host.example'])).toBe(false)
    expect(isKnownHost('http://host.example', ['https://host.example'])).toBe(false)
  })

  it('knows every host of the list and, where it has a wildcard, one label more', () => {
    for (const host of knownHosts) expect(isKnownHost(`https://${host.replace('*', 'any-label')}`), host).toBe(true)
  })

  it('never takes another host for one of the list', () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,8}$/)
    const nearMiss = fc.tuple(fc.constantFrom(...knownHosts), label, fc.nat(5)).map(([known, extra, how]) => {
      const host = known.replace('*', 'x')
      return [
        `${host}.${extra}`,
        `${extra}.y.${host}`,
        `${extra}${host.replace(/^[^.]*/, '')}.evil`,
        host.replaceAll('.', `-${extra}.`),
        `${host}:4${extra.length}`,
        `${host}/${extra}`,
      ][how]
    })
    fc.assert(
      fc.property(nearMiss, (host) => isKnownHost(`https://${host}`) === isKnownByTeamsJs(host ?? '')),
      { numRuns: 2_000 },
    )
  })
})

/** Another reading of the rule of teams-js: `*` is exactly one label. */
function isKnownByTeamsJs(host: string): boolean {
  const pattern = knownHosts.map((known) => known.replace(/[.]/g, '\\.').replace('*', '[^.]+')).join('|')
  return new RegExp(`^(${pattern})$`).test(host)
}
