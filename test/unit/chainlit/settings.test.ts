import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChainlitPage, readPage } from '../../../src/chainlit/chainlit-page.js'
import { type Attributes, readSettings } from '../../../src/chainlit/settings.js'
import { refusalOf } from '../invalid-options.js'

const origin = 'https://chat.contoso.example'
const clientId = '11111111-2222-3333-4444-555555555555'
const scope = `api://chat.contoso.example/${clientId}/access_as_user`
const fromUser = { language: undefined, ownTexts: {} }
const minimal = { clientId, tenant: 'contoso.com', scope }

function pageAt(base: string): ChainlitPage {
  const head = { querySelector: () => ({ getAttribute: () => base }), baseURI: `${origin}${base}/` }
  const page = readPage({ document: head, location: new URL(`${origin}${base}/thread/1`) } as unknown as Window)
  if (!page) throw new Error('no page of Chainlit')
  return page
}

const read = (attributes: Attributes, base = '') => readSettings(attributes, pageAt(base), `${origin}${base}/thread/1`)
const refused = (changes: Attributes) => refusalOf(() => read({ ...minimal, ...changes }))
const withOptions = (options: unknown) => ({ options: JSON.stringify(options) })

describe('the attributes of the script tag', () => {
  it('need client, tenant and scope, and everything else has a default', () => {
    expect(read(minimal)).toEqual({
      ...fromUser,
      browser: 'msal',
      auth: {
        clientId,
        tenant: 'contoso.com',
        scopes: [scope],
        authority: undefined,
        protectedResources: [],
        autoSignIn: 'always',
        host: {},
        popupPage: '/',
        browser: { redirectUri: '/' },
      },
    })
  })

  it('lead back to the root path of Chainlit', () => {
    const { browser, popupPage } = read(minimal, '/chat').auth
    expect([browser?.redirectUri, popupPage]).toEqual(['/chat/', '/chat/'])
  })

  it('have pop-ups come back to where sign-ins do, unless they say otherwise', () => {
    const redirectUri = '/chat/signed-in'
    expect(read({ ...minimal, ...withOptions({ browser: { redirectUri } }) }).auth.popupPage).toBe(redirectUri)
    const popupPage = '/popup.html'
    expect(read({ ...minimal, ...withOptions({ popupPage }) }).auth.popupPage).toBe(popupPage)
  })

  it('can all be given', () => {
    const given = {
      ...minimal,
      browser: 'chainlit-oauth',
      signIn: 'click',
      authority: 'https://login.microsoftonline.us',
      hostOrigins: ' https://one.example\n\thttps://two.example:8443 ',
      ...withOptions({
        teams: { method: 'sso' },
        host: { marker: 'inTeams' },
        browser: { cacheLocation: 'localStorage' },
      }),
    }
    expect(read(given)).toEqual({
      ...fromUser,
      browser: 'chainlit-oauth',
      auth: {
        clientId,
        tenant: 'contoso.com',
        scopes: [scope],
        authority: 'https://login.microsoftonline.us',
        protectedResources: [],
        autoSignIn: 'never',
        teams: { method: 'sso' },
        host: { origins: ['https://one.example', 'https://two.example:8443'], marker: 'inTeams' },
        popupPage: '/',
        browser: { redirectUri: '/', cacheLocation: 'localStorage' },
      },
    })
  })

  it.each(['http://localhost:4741', 'http://127.0.0.1:4741/', 'http://[::1]:4741', 'http://login.localhost:4741'])(
    'take an authority of this machine over http (%s), as the Python half does',
    (authority) => {
      const given = { ...minimal, authority, ...withOptions({ browser: { msal: { system: { loggerOptions: {} } } } }) }
      const { auth } = read(given)
      const { origin, host } = new URL(authority)
      expect(auth.authority).toBe(`https://${host}`)
      const { system, auth: told } = (auth.browser?.msal ?? {}) as {
        system: object
        auth: { authorityMetadata: string }
      }
      expect(system).toEqual({ loggerOptions: {} })
      const endpoints = JSON.parse(told.authorityMetadata) as Record<string, string>
      expect(endpoints['authorization_endpoint']).toBe(`${origin}/contoso.com/oauth2/v2.0/authorize`)
      expect(Object.values(endpoints).every((each) => each.startsWith(`${origin}/contoso.com/`))).toBe(true)
    },
  )

  it('let data-options say what no attribute can', () => {
    expect(read({ ...minimal, ...withOptions({ autoSignIn: 'silent' }) }).auth.autoSignIn).toBe('silent')
    expect(read({ ...minimal, ...withOptions({ loginHint: 'adele@contoso.com' }) }).auth.loginHint).toBe(
      'adele@contoso.com',
    )
  })

  it('are read from a real script tag', () => {
    const script = document.createElement('script')
    script.setAttribute('data-client-id', clientId)
    script.setAttribute('data-tenant', 'contoso.com')
    script.setAttribute('data-scope', scope)
    script.setAttribute('data-sign-in', 'click')
    expect(read(script.dataset).auth.autoSignIn).toBe('never')
    script.setAttribute('data-tenant-id', 'contoso.com')
    expect(refusalOf(() => read(script.dataset))).toMatch(/`custom_js_attributes` .*'data-tenant-id'/)
  })
})

describe('an attribute that is missing is refused with an example:', () => {
  it.each<[string, Attributes, RegExp]>([
    ['data-client-id', { clientId: undefined }, /for example [0-9a-f]{8}-/],
    ['data-tenant', { tenant: undefined }, /for example contoso\.onmicrosoft\.com/],
    ['data-scope', { scope: undefined }, /for example api:\/\//],
  ])('%s', (_, change, example) => {
    expect(refusalOf(() => read({ ...minimal, ...change }))).toMatch(example)
  })
})

describe('a wrong attribute is refused in its own words:', () => {
  it.each<[string, Attributes]>([
    ['data-client-id', { clientId: undefined }],
    ['data-client-id', { clientId: '' }],
    ['data-client-id', { clientId: ' ' }],
    ['data-client-id', { clientId: 'my-app' }],
    ['data-client-id', { clientId: `${clientId} ` }],
    ['data-tenant', { tenant: undefined }],
    ['data-tenant', { tenant: '' }],
    ['data-tenant', { tenant: 'contoso' }],
    ['data-tenant', { tenant: 'https://contoso.com' }],
    ['data-tenant', { tenant: '../common' }],
    ['data-scope', { scope: undefined }],
    ['data-scope', { scope: '' }],
    ['data-scope', { scope: 'openid' }],
    ['data-scope', { scope: 'openid profile' }],
    ['data-scope', { scope: `${scope} ${scope}` }],
    ['data-scope', { scope: `${scope},${scope}` }],
    ['data-scope', { scope: `['${scope}']` }],
    ['data-scope', { scope: 'a\nb' }],
    ['data-browser', { browser: '' }],
    ['data-browser', { browser: 'MSAL' }],
    ['data-browser', { browser: 'constructor' }],
    ['data-sign-in', { signIn: '' }],
    ['data-sign-in', { signIn: 'always' }],
    ['data-authority', { authority: '' }],
    ['data-authority', { authority: 'login.microsoftonline.com' }],
    ['data-authority', { authority: 'http://login.microsoftonline.com' }],
    ['data-authority', { authority: 'https://login.microsoftonline.com/common' }],
    ['data-authority', { authority: 'javascript:alert(1)' }],
    ...['/common', '?a', '#a', '/?'].map((rest): [string, Attributes] => [
      'data-authority',
      { authority: `http://localhost:1${rest}` },
    ]),
    ['data-authority', { authority: 'http://user@localhost:1' }],
    ['data-authority', { authority: 'http://localhost.example:1' }],
    ['data-host-origins', { hostOrigins: '*' }],
    ['data-host-origins', { hostOrigins: 'https://one.example, https://two.example' }],
    ['data-host-origins', { hostOrigins: 'https://one.example http://two.example' }],
    ['data-host-origins', { hostOrigins: 'https://one.example/path' }],
    ['data-options', { options: '' }],
    ['data-options', { options: '{' }],
    ['data-options', { options: "{'teams':{}}" }],
    ['data-options', { options: 'null' }],
    ['data-options', { options: '1' }],
    ['data-options', { options: '"x"' }],
    ['data-options', { options: '[]' }],
    ['data-options', { options: '[{"teams":{"method":"sso"}}]' }],
    ['data-options', withOptions({ clientID: 'x' })],
    ['data-options', withOptions({ teams: { method: 'naa' } })],
    ['data-options', withOptions({ teams: 'sso' })],
    ['data-options', withOptions({ autoSignIn: true })],
    ['data-options', withOptions({ host: null })],
    ['data-options', withOptions({ host: ['https://one.example'] })],
    ['data-options', withOptions({ host: 5 })],
    ['data-options', withOptions({ host: 'teams' })],
    ['data-options', withOptions({ host: { kind: 'server' } })],
    ['data-options', withOptions({ host: { origins: ['*'] } })],
    ['data-options', withOptions({ host: { origins: 'https://one.example' } })],
    ['data-options', withOptions({ browser: true })],
    ['data-options', withOptions({ browser: [] })],
    ['data-options', withOptions({ browser: { redirectUri: 'https://evil.example/' } })],
    ['data-options', withOptions({ browser: { redirectUri: '//evil.example/' } })],
    ['data-options', withOptions({ protectedResources: ['https://*.example'] })],
    ['data-options', withOptions({ fetch: 'fetch' })],
    ['data-options', withOptions({ now: 1 })],
    ['data-options', withOptions({ onEvent: 'alert(1)' })],
    ['data-options', withOptions({ clientId: 'aaaaaaaa-2222-3333-4444-555555555555' })],
    ['data-options', withOptions({ tenant: 'evil.example' })],
    ['data-options', withOptions({ scopes: ['https://graph.microsoft.com/.default'] })],
    ['data-options', withOptions({ authority: 'https://login.evil.example' })],
    ['data-options', { options: '{"__proto__":{"clientId":"x"}}' }],
    ['data-options', { options: '{"constructor":{"prototype":{"x":1}}}' }],
    ['data-options', { options: '{"host":{"__proto__":{"kind":"teams"}}}' }],
    ['data-options', { options: '{"browser":{"constructor":1}}' }],
    ['data-options', { options: '{"teams":{"__proto__":{"method":"sso"}}}' }],
    ['data-language', { language: '' }],
    ['data-language', { language: 'de_DE' }],
    ['data-language', { language: 'Deutsch, bitte' }],
    ['data-texts', { texts: '' }],
    ['data-texts', { texts: '[]' }],
    ['data-texts', { texts: '{"signIn":"Anmelden"}' }],
    ['data-texts', { texts: '{"de":"Anmelden"}' }],
    ['data-texts', { texts: '{"de":null}' }],
    ['data-texts', { texts: '{"de":{"signin":"Anmelden"}}' }],
    ['data-texts', { texts: '{"de":{"constructor":"Anmelden"}}' }],
    ['data-texts', { texts: '{"de":{"signIn":""}}' }],
    ['data-texts', { texts: '{"de":{"signIn":1}}' }],
    ['data-texts', { texts: '{"no tag":{"signIn":"x"}}' }],
    ['data-texts', { texts: '{"__proto__":{"signIn":"x"}}' }],
  ])('%s (%j)', (name, changes) => {
    expect(refused(changes)).toMatch(new RegExp(`^\`${name}\` .*must be .*, for example .*, not `, 's'))
  })

  it.each(['foo', 'clientID', 'tenantId', 'scopes', 'hostorigins', 'constructor', '__proto__x', 'msal'])(
    'a name that is none (%s)',
    (name) => {
      const message = refused({ [name]: 'x' })
      expect(message).toMatch(/^`custom_js_attributes` must be made of data-client-id, /)
      expect(message).toContain('data-host-origins')
    },
  )

  it('shows nothing at length, nor what can be secret in an address', () => {
    expect(refused({ authority: 'https://user:pa55@login.example?code=s3cret' })).not.toMatch(/pa55|s3cret/)
    expect(refused({ tenant: 'x'.repeat(5_000) }).length).toBeLessThan(500)
  })
})

describe('what the user reads', () => {
  it('is in the language of the user, in words of ours', () => {
    expect(read(minimal)).toMatchObject({ language: undefined, ownTexts: {} })
  })

  it('can be in a language of the app', () => {
    expect(read({ ...minimal, language: 'pt-BR' }).language).toBe('pt-BR')
  })

  it('can be in words of the app, by their language however that is written', () => {
    const texts = JSON.stringify({ 'pt-br': { signIn: 'Entrar' }, IT: { reload: 'Ricarica' } })
    expect(read({ ...minimal, texts }).ownTexts).toEqual({
      'pt-BR': { signIn: 'Entrar' },
      it: { reload: 'Ricarica' },
    })
  })
})

describe('data-options', () => {
  it('changes no prototype, whatever it holds', () => {
    const key = fc.constantFrom(
      ...['__proto__', 'constructor', 'prototype', 'toString', 'host', 'browser', 'teams', 'msal', 'kind', 'origins'],
    )
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.jsonValue({ maxDepth: 1 }), tie('object')),
      object: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => {
        const members = entries.map(([name, value]) => `${JSON.stringify(name)}:${text(value)}`)
        return new String(`{${members.join(',')}}`)
      }),
    }))
    const text = (value: unknown) => (value instanceof String ? String(value) : JSON.stringify(value))
    fc.assert(
      fc.property(json.value, (value) => {
        const known = Object.getOwnPropertyNames(Object.prototype).join()
        const attributes = { ...minimal, options: text(value) }
        try {
          const { auth } = read(attributes)
          expect(auth).toMatchObject({ clientId, tenant: 'contoso.com', scopes: [scope] })
          expect(Object.getPrototypeOf(auth)).toBe(Object.prototype)
        } catch (error) {
          expect(error).toMatchObject({ code: 'config_invalid' })
        }
        expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(known)
      }),
      { numRuns: 2_000 },
    )
  })
})
