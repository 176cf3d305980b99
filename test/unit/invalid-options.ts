import { isAuthError } from '../../src/shared/errors.js'

export const page = 'https://app.example/chat/room?id=7#last'
export const scope = 'api://app.example/access_as_user'
const clientId = 'AAAAAAAA-2222-3333-4444-555555555555'
export const minimal = { clientId, tenant: 'contoso.com', scopes: [scope] }

/** The message of a typed refusal; any other error is thrown on. */
export function refusalOf(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    if (isAuthError(error, 'config_invalid')) return error.message
    throw error
  }
  throw new Error('it was accepted')
}

/** Several texts without a space in them. */
const words = (text: string) => text.trim().split(/\s+/)

const notText: unknown[] = [null, 1, true, {}, [], ['x'], Symbol('x'), () => 'x', '', ' ']
const notFunction: unknown[] = [null, 'fetch', {}, []]
const notObject: unknown[] = [null, 'x', 1, true, []]

const otherAuthorities = words(String.raw`
  login.microsoftonline.com //login.microsoftonline.com /login ftp://login.example http://login.microsoftonline.com
  http://localhost:8443 https://user:pw@login.example https://login.example? https://login.example?x
  https://login.example# https://login.example/#x https:\\login.example https://*.example
  https://login.microsoftonline.com/common https://login.microsoftonline.com/${clientId}
  https://login.microsoftonline.com/contoso.com/ https://login.microsoftonline.com/organizations/v2.0
  https://login.example/contoso https://login.example/tfp/contoso/policy https://login.example//`)

const noOrigins = words(String.raw`
  * null host.example localhost:5111 //host.example http://host.example https://*.host.example https://host.example/path
  https://host.example?x https://host.example/#x https://user@host.example https:\\host.example file:///x javascript:x
  ms-teams://x http://localhost.evil.example http://127.0.0.1.evil.example`)

const otherPages = words(String.raw`
  https://evil.example/ //evil.example /\evil.example \\evil.example http://app.example/ https://app.example:8443/
  https://app.example.evil.test/ https://app.example@evil.test/ /in# /in#x https://user:pw@app.example/
  javascript:alert(1) data:text/html,x blob:https://app.example/x`)

const noResources = words(String.raw`
  * /* https://*.example https://api.example/* http://api.example http://api.localhost.evil.test https://user@api.example
  https://user:pw@api.example /api?x /api? /api#x https:\\api.example ws://api.example ftp://api.example javascript:x
  data:,x blob:https://app.example/x file:///api https://login.microsoftonline.com
  https://login.microsoftonline.com/common https://LOGIN.microsoftonline.com:443`)

/** Which option the refusal must name, values that must be refused, and options that have such a value. */
export const invalidOptions: [option: string, values: unknown[], make: (value: unknown) => object][] = [
  ['clientId', [undefined, ...notText, ` ${clientId}`, `${clientId}\n`, [clientId]], (clientId) => ({ clientId })],
  [
    'clientId',
    [...words(`my-app ${clientId}0 {${clientId}}`), clientId.slice(1), clientId.replaceAll('-', '')],
    (clientId) => ({ clientId }),
  ],
  ['clientId', [clientId.replace('A', 'G'), clientId.replace('A', '\u0410')], (clientId) => ({ clientId })],
  ['tenant', [undefined, ...notText, 'contoso.com\n', ['common'], 'c\u043entoso.com'], (tenant) => ({ tenant })],
  [
    'tenant',
    words(`contoso consumers Common https://contoso.com contoso.com/ .com a..com contoso.com. -a.com a_b.com
      * *.contoso.com ../common`),
    (tenant) => ({ tenant }),
  ],
  [
    'scopes',
    [null, undefined, 1, {}, [], '', [''], [null], [1], [[scope]], new Set([scope])],
    (scopes) => ({ scopes }),
  ],
  ['scopes', [['a b'], ['a"b'], ['a\\b'], ['ä'], ['a\n'], [scope, undefined], new Array(1)], (scopes) => ({ scopes })],
  [
    'scopes',
    [
      ['access_as_user'],
      'user_impersonation',
      [scope, 'read'],
      ['openid', 'read'],
      [clientId],
      ['OpenID'],
      [['openid']],
    ],
    (scopes) => ({ scopes }),
  ],
  ['scopes', [['openid'], words('openid profile email offline_access')], (scopes) => ({ scopes })],
  ['authority', [...notText, ...otherAuthorities], (authority) => ({ authority })],
  ['loginHint', notText, (loginHint) => ({ loginHint })],
  [
    'clientCapabilities',
    [null, true, '', 'CP1', [], ['cp1'], ['CP2'], ['CP1', 'CP2'], [['CP1']], {}],
    (clientCapabilities) => ({ clientCapabilities }),
  ],
  [
    'accountClaims',
    [null, true, '', 'roles', [''], [' '], [null], ['roles', 1], [['roles']], {}],
    (accountClaims) => ({ accountClaims }),
  ],
  [
    'autoSignIn',
    [null, true, false, '', 'Silent', 'silent ', 'yes', ['silent'], 0, {}],
    (autoSignIn) => ({ autoSignIn }),
  ],
  ['fetch', notFunction, (fetch) => ({ fetch })],
  ['now', [...notFunction, 5], (now) => ({ now })],
  ['onEvent', notFunction, (onEvent) => ({ onEvent })],
  ['onConsent', notFunction, (onConsent) => ({ onConsent })],
  ['onStepUp', notFunction, (onStepUp) => ({ onStepUp })],
  ['host', notObject, (host) => ({ host })],
  ['teams', notObject, (teams) => ({ teams })],
  ['browser', notObject, (browser) => ({ browser })],
  ['host.kind', [null, '', 'Teams', 'server', 'framed', 'outlook', ['teams']], (kind) => ({ host: { kind } })],
  ['host.marker', notText, (marker) => ({ host: { marker } })],
  ['host.origins', [null, 'https://host.example', {}, 1, new Set()], (origins) => ({ host: { origins } })],
  [
    'host.origins[0]',
    [undefined, ...notText, ...noOrigins, ['https://host.example']],
    (origin) => ({ host: { origins: [origin] } }),
  ],
  ['teams.method', [null, '', 'SSO', 'naa', true, ['sso']], (method) => ({ teams: { method } })],
  ['teams.notifyLoaded', [null, 0, 1, '', 'false', {}], (notifyLoaded) => ({ teams: { notifyLoaded } })],
  ['popupPage', [...notText, ...otherPages], (popupPage) => ({ popupPage })],
  ['browser.redirectUri', [...notText, ...otherPages], (redirectUri) => ({ browser: { redirectUri } })],
  [
    'browser.postLogoutRedirectUri',
    [...notText, ...otherPages],
    (postLogoutRedirectUri) => ({ browser: { postLogoutRedirectUri } }),
  ],
  [
    'browser.cacheLocation',
    [null, '', 'memoryStorage', 'LocalStorage', {}],
    (cacheLocation) => ({ browser: { cacheLocation } }),
  ],
  ['browser.msal', [null, 'x', 1, [], () => ({})], (msal) => ({ browser: { msal } })],
  ['protectedResources', [null, '/api', {}, 1, true, new Set(['/api'])], (list) => ({ protectedResources: list })],
  [
    'protectedResources[0]',
    [undefined, ...notText, ...noResources, { url: null }, { url: '' }, { scopes: ['x'] }],
    (entry) => ({ protectedResources: [entry] }),
  ],
  ['protectedResources[0]', [undefined], () => ({ protectedResources: new Array(1) })],
  ['protectedResources[1]', ['http://api.example'], (entry) => ({ protectedResources: ['/api', entry] })],
  [
    'protectedResources[0].scopes',
    [null, '', [], [''], 1, {}, ['openid'], ['a b']],
    (scopes) => ({ protectedResources: [{ url: '/api', scopes }] }),
  ],
]
