import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AuthOptions, MsalClient } from '../../src/options.js'
import { checkOptions, checkResource } from '../../src/settings.js'
import { isAuthError } from '../../src/shared/errors.js'
import { invalidOptions, minimal, page, refusalOf, scope } from './invalid-options.js'

/** What a plain script could pass: anything. */
const checkAt = (at: string | undefined, more: object) => checkOptions({ ...minimal, ...more } as AuthOptions, at)
const check = (more: object) => checkAt(page, more)

describe('options that are valid', () => {
  it('are completed with the defaults', () => {
    expect(check({})).toEqual({
      clientId: minimal.clientId.toLowerCase(),
      tenant: 'contoso.com',
      scopes: [scope],
      loginHint: undefined,
      authority: 'https://login.microsoftonline.com',
      resources: [{ origin: 'https://app.example', path: '' }],
      autoSignIn: 'never',
      host: { origins: [] },
      method: 'auto',
      notifyLoaded: true,
      redirectUri: 'https://app.example/',
      postLogoutRedirectUri: 'https://app.example/',
      cacheLocation: 'sessionStorage',
      msal: {},
    })
  })

  it('may leave every optional field undefined', () => {
    const nothing = undefined
    const everything: AuthOptions = {
      ...minimal,
      authority: nothing,
      loginHint: nothing,
      clientCapabilities: nothing,
      accountClaims: nothing,
      protectedResources: nothing,
      autoSignIn: nothing,
      fetch: nothing,
      now: nothing,
      onEvent: nothing,
      onConsent: nothing,
      onStepUp: nothing,
      host: { kind: nothing, origins: nothing, marker: nothing },
      teams: { method: nothing, notifyLoaded: nothing },
      browser: { redirectUri: nothing, postLogoutRedirectUri: nothing, cacheLocation: nothing, msal: nothing },
    }
    expect(checkOptions(everything, page)).toEqual({
      ...check({}),
      host: { kind: nothing, origins: [], marker: nothing },
    })
    expect(check({ host: nothing, teams: nothing, browser: nothing })).toEqual(check({}))
    expect(check({ protectedResources: [{ url: '/api', scopes: nothing }] }).resources).toEqual([
      { origin: 'https://app.example', path: '/api' },
    ])
  })

  it.each<[string, object, object]>([
    ['claims to show', { accountClaims: ['roles', 'given_name'] }, { accountClaims: ['roles', 'given_name'] }],
    ['a client capability', { clientCapabilities: ['CP1'] }, { clientCapabilities: ['CP1'] }],
    ['a tenant by its GUID', { tenant: minimal.clientId }, { tenant: minimal.clientId.toLowerCase() }],
    ['a tenant by its domain', { tenant: 'Contoso.OnMicrosoft.com' }, { tenant: 'contoso.onmicrosoft.com' }],
    ['a tenant below a national top-level domain', { tenant: 'xn--e1afmkfd.xn--p1ai' }, {}],
    ['all organizations', { tenant: 'organizations' }, {}],
    ['everybody', { tenant: 'common' }, {}],
    [
      'a sovereign cloud',
      { authority: 'https://login.microsoftonline.us/' },
      { authority: 'https://login.microsoftonline.us' },
    ],
    ['an emulator', { authority: 'https://localhost:8443' }, { authority: 'https://localhost:8443' }],
    [
      'a page for the answer',
      { browser: { redirectUri: '/in.html?v=2' } },
      { redirectUri: 'https://app.example/in.html?v=2' },
    ],
    ['a page relative to this one', { browser: { redirectUri: 'in' } }, { redirectUri: 'https://app.example/chat/in' }],
    [
      'a page for the answer, which serves after the sign-out too',
      { browser: { redirectUri: '/in' } },
      { postLogoutRedirectUri: 'https://app.example/in' },
    ],
    [
      'hosts, whose origins are brought into their plain form',
      { host: { origins: ['https://Host.Example:443/', 'http://localhost:5111'] } },
      { host: { origins: ['https://host.example', 'http://localhost:5111'] } },
    ],
    ['no protected resources', { protectedResources: [] }, { resources: [] }],
    [
      'resources in every form',
      {
        protectedResources: [
          '/api/',
          'https://api.example',
          { url: 'http://127.0.0.1:8000/v1', scopes: ['User.Read'] },
        ],
      },
      {
        resources: [
          { origin: 'https://app.example', path: '/api' },
          { origin: 'https://api.example', path: '' },
          { origin: 'http://127.0.0.1:8000', path: '/v1', scopes: ['User.Read'] },
        ],
      },
    ],
    ['several scopes', { scopes: ['openid', scope] }, { scopes: ['openid', scope] }],
  ])('accept %s', (_, more, expected) => {
    expect(check(more)).toMatchObject(expected)
  })

  it.each([
    `${minimal.clientId}/.default`,
    'User.Read',
    '.default',
    'https://graph.microsoft.com/User.Read',
    'tag:a.b/c',
  ])('name the scope %s, which Entra ID knows the API of', (each) => {
    expect(check({ scopes: [each] }).scopes).toEqual([each])
  })

  it('are copied, so that a later change in the app changes nothing', () => {
    const scopes = [scope]
    const settings = check({ scopes })
    scopes.push('evil')
    expect(settings.scopes).toEqual([scope])
  })

  it('need no page on a server', () => {
    const settings = checkOptions({ ...minimal, protectedResources: ['https://api.example'] }, undefined)
    expect(settings.resources).toEqual([{ origin: 'https://api.example', path: '' }])
    expect(checkOptions(minimal, undefined).resources).toEqual([])
  })

  it('allow http to the origin of a page that itself came by http', () => {
    expect(checkAt('http://intranet/', { protectedResources: ['/api'] }).resources[0]?.origin).toBe('http://intranet')
  })
})

describe('an option that is not valid', () => {
  const cases = invalidOptions.flatMap(([option, values, make]) =>
    values.map((value) => ({ option, value, more: make(value) })),
  )

  it.each(cases.map((each) => ({ ...each, shown: show(each.value) })))(
    '$option: $shown is refused',
    ({ option, more }) => {
      const message = refusalOf(() => check(more))
      expect(message).toContain(`\`${option}\` must be `)
      expect(message).toContain('for example ')
      expect(message.length).toBeLessThan(500)
    },
  )

  it.each(cases.filter(({ value }) => typeof value === 'string' && /pw/.test(value)))(
    '$option: no password of a URL is repeated',
    ({ more }) => {
      expect(refusalOf(() => check(more))).not.toContain('pw@')
    },
  )

  it('is never repeated at length, nor with what can be secret in a URL', () => {
    const long = 'x'.repeat(100_000)
    for (const { option } of cases) {
      const message = refusalOf(() => check(nested(option, `https://x:secret@evil.test/ ?secret#secret${long}`)))
      expect(message.length, option).toBeLessThan(600)
      expect(message, option).not.toContain('secret')
    }
    expect(refusalOf(() => check({ [long]: 1 })).length).toBeLessThan(500)
  })

  it.each([
    ['authority', { authority: `${minimal.tenant}` }, 'https://login.microsoftonline.com'],
    ['clientId', { clientId: 'x' }, '00000000-0000-0000-0000-000000000000'],
    ['scopes', { scopes: 'a b' }, 'api://'],
  ])('%s: the refusal shows a valid example', (_, more, example) => {
    expect(refusalOf(() => check(more))).toContain(example)
  })

  it.each([
    [{ scopes: ['access_as_user'] }, /^`scopes` must be scopes with their API \(a name alone is of Microsoft Graph\)/],
    [{ scopes: [scope, 'access_as_user'] }, /not 'access_as_user'\.$/],
    [{ scopes: ['access_as_user'] }, /'api:\/\/app\.contoso\.com\/<clientId>\/access_as_user'/],
    [
      { authority: 'https://login.microsoftonline.com/contoso' },
      /^`authority` must be an https URL without path or tenant/,
    ],
  ])('%s is refused in words that say what to write', (more, words) => {
    expect(refusalOf(() => check(more))).toMatch(words)
  })

  it.each([
    ['clientID', 'options', { clientID: 'x' }],
    ['client_id', 'options', { client_id: 'x' }],
    ['tenantId', 'options', { tenantId: 'contoso.com' }],
    ['scope', 'options', { scope: [scope] }],
    ['redirectUri', 'options', { redirectUri: '/' }],
    ['protectedResource', 'options', { protectedResource: ['/api'] }],
    ['__proto__', 'options', JSON.parse('{"__proto__":{"x":1}}')],
    ['orgins', 'host', { host: { orgins: [] } }],
    ['Kind', 'host', { host: { Kind: 'teams' } }],
    ['mode', 'teams', { teams: { mode: 'sso' } }],
    ['cachelocation', 'browser', { browser: { cachelocation: 'localStorage' } }],
    ['redirectURI', 'browser', { browser: { redirectURI: '/' } }],
    ['cacheLocation', 'browser', { browser: { client: {} as MsalClient, cacheLocation: 'localStorage' } }],
    ['scope', 'protectedResources', { protectedResources: [{ url: '/api', scope: ['x'] }] }],
    ['uri', 'protectedResources', { protectedResources: [{ uri: '/api' }] }],
  ])('%s of %s is named as unknown, with the names that are known', (name, section, more) => {
    const options = Object.assign(Object.create(null), minimal)
    for (const key of Object.keys(more)) Object.defineProperty(options, key, { value: more[key], enumerable: true })
    const message = refusalOf(() => checkOptions(options, page))
    expect(message).toContain(`\`${section}\``)
    expect(message).toContain(`'${name}'`)
  })

  it.each([undefined, null, 'x', 1, [], [minimal], () => minimal])('options that are %s are refused', (options) => {
    expect(refusalOf(() => checkOptions(options as never, page))).toContain('`options`')
  })

  it('is refused on a server too', () => {
    expect(refusalOf(() => checkAt(undefined, { browser: { redirectUri: 42 } }))).toContain('browser.redirectUri')
    expect(refusalOf(() => checkAt(undefined, { protectedResources: ['/api'] }))).toContain('protectedResources[0]')
    expect(refusalOf(() => checkAt(undefined, { authority: 'http://x' }))).toContain('authority')
  })

  it.each([
    'about:blank',
    'about:srcdoc',
    'data:text/html,x',
    'file:///C:/app/index.html',
    'blob:https://app.example/x',
  ])('a page at %s, which nobody can be led back to, is refused', (at) => {
    expect(refusalOf(() => checkAt(at, {}))).toContain('browser.redirectUri')
  })

  it('gives a typed refusal or settings, whatever comes', () => {
    const name = fc.constantFrom(
      ...[
        'clientId',
        'tenant',
        'scopes',
        'authority',
        'loginHint',
        'clientCapabilities',
        'accountClaims',
        'protectedResources',
        'autoSignIn',
        'host',
        'teams',
      ],
      ...['browser', 'fetch', 'now', 'onEvent', 'onConsent', 'onStepUp', 'x'],
    )
    const inner = fc.constantFrom(
      'kind',
      'origins',
      'marker',
      'method',
      'notifyLoaded',
      'redirectUri',
      'msal',
      'url',
      'scopes',
    )
    const odd = fc.oneof(
      fc.anything({ withNullPrototype: true, withSparseArray: true }),
      fc.webUrl(),
      fc.string({ unit: 'binary' }),
      fc.dictionary(inner, fc.anything({ withNullPrototype: true })),
      fc.array(fc.oneof(fc.webUrl(), fc.dictionary(inner, fc.anything()), fc.anything({ withSparseArray: true }))),
    )
    fc.assert(
      fc.property(fc.dictionary(name, odd, { maxKeys: 3 }), (more) => {
        try {
          return Array.isArray(check(more).resources)
        } catch (error) {
          return isAuthError(error, 'config_invalid') && error.message.length < 1_000
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes no time to refuse, however long it is', () => {
    for (const part of ['a', 'a.', 'a-', '0-', '.', '-', 'xn--'])
      refusalOf(() => check({ tenant: `${part.repeat(200_000)}!` }))
  })
})

describe('a URL that a carrier protects', () => {
  it('is taken like one of the options', () => {
    expect(checkResource('url', '/session', page)).toEqual({ origin: 'https://app.example', path: '/session' })
    expect(refusalOf(() => checkResource('url', 'http://api.example', page))).toContain('`url`')
    expect(refusalOf(() => checkResource('url', undefined, page))).toContain('`url`')
  })
})

function show(value: unknown): string {
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

/** The options with `value` at the place that `option` names. */
function nested(option: string, value: unknown): object {
  const [name = '', inner] = option.split('.')
  if (name === 'protectedResources') return { protectedResources: value }
  if (name.startsWith('protectedResources['))
    return { protectedResources: ['/a', inner ? { url: '/a', scopes: value } : value] }
  if (name === 'host' && inner === 'marker') return { host: { marker: { value } } }
  if (name === 'loginHint') return { loginHint: { value } }
  if (inner === 'origins[0]') return { host: { origins: [value] } }
  return inner ? { [name]: { [inner]: value } } : { [name]: value }
}
