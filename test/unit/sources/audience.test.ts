import { describe, expect, it } from 'vitest'
import { isTokenFor, isUserToken, type Owner, ownerOf } from '../../../src/sources/audience.js'

const clientId = '11111111-2222-4333-8444-555555555555'
const otherId = 'cccccccc-2222-4333-8444-555555555555'
const graphId = '00000003-0000-0000-c000-000000000000'

describe('ownerOf', () => {
  it.each<[string[], Owner]>([
    [[`api://app.contoso.com/${clientId}/access_as_user`], 'own'],
    [[`api://${clientId}/access_as_user`], 'own'],
    [[`${clientId}/access_as_user`], 'own'],
    [[`${clientId}/.default`], 'own'],
    [[`API://app.contoso.com/${clientId.toUpperCase()}/Access`], 'own'],
    [[`https://contoso.com/${clientId}/x`], 'own'],
    [[`api://${clientId}//.default`], 'own'],
    [[`api://${clientId}/x`, 'openid', 'offline_access'], 'own'],
    [['User.Read'], 'foreign'],
    [['.default'], 'foreign'],
    [['https://graph.microsoft.com/User.Read'], 'foreign'],
    [['https://graph.microsoft.com/.default'], 'foreign'],
    [['https://graph.microsoft.us/User.Read'], 'foreign'],
    [[`api://app.contoso.com/${otherId}/access_as_user`], 'foreign'],
    [[`${otherId}/x`], 'foreign'],
    [[`${graphId}/User.Read`], 'foreign'],
    [['api://app.contoso.com/access'], 'unknown'],
    [['https://contoso.com/api/scope'], 'unknown'],
    [[`api://${clientId}.evil.example/x`], 'unknown'],
    [[`api://app.contoso.com/${clientId}/x`, 'User.Read'], 'foreign'],
    [['api://app.contoso.com/access', 'User.Read'], 'foreign'],
    [[`api://${clientId}/x`, 'api://app.contoso.com/access'], 'unknown'],
  ])('%j is %s', (scopes, owner) => {
    expect(ownerOf(scopes, clientId)).toBe(owner)
  })
})

describe('a token of Teams SSO', () => {
  const own = `api://app.contoso.com/${clientId}/access_as_user`

  it.each<[string, unknown, string, string[], boolean]>([
    ['v2, of the app', clientId, 'access_as_user', [own], true],
    ['v1, by the same URI', `api://app.contoso.com/${clientId}`, 'access_as_user', [own], true],
    ['v1, by another URI of the app', `api://${clientId}`, 'access_as_user', [own], true],
    ['v1, with a slash and in capitals', `API://app.contoso.com/${clientId}/`, 'access_as_user', [own], true],
    ['of another app', otherId, 'access_as_user', [own], false],
    ['of another app, v1', `api://app.contoso.com/${otherId}`, 'access_as_user', [own], false],
    ['of an address that holds the client ID', `api://${clientId}.evil.example`, 'access_as_user', [own], false],
    ['of Microsoft Graph', 'https://graph.microsoft.com', 'User.Read', [own], false],
    ['without an audience', undefined, 'access_as_user', [own], false],
    ['for two audiences', [clientId, otherId], 'access_as_user', [own], false],
    ['of the app for Graph', clientId, 'access_as_user', ['User.Read'], false],
    ['of the app for mixed scopes', clientId, 'access_as_user', [own, 'User.Read'], false],
    ['URI that does not tell, v1', 'api://app.contoso.com', 'x', ['api://app.contoso.com/access'], true],
    ['https URI, v1', 'https://contoso.com/api', 'scope', ['https://contoso.com/api/scope'], true],
    ['URI that does not tell, v2', clientId, 'other access', ['api://app.contoso.com/access'], true],
    ['URI that does not tell, without the scope', clientId, 'access_as_user', ['api://other.example/read'], false],
    ['URI that does not tell, v1 of another', 'api://other', 'access', ['api://app.contoso.com/access'], false],
    ['URI that does not tell, v2 of another', otherId, 'access', ['api://app.contoso.com/access'], false],
  ])('%s', (_, aud, scp, scopes, isIt) => {
    expect(isTokenFor({ aud, scp }, scopes, clientId, false)).toBe(isIt)
  })
})

describe('a token that was asked for by its scopes', () => {
  it.each<[string, unknown, string, string[], boolean]>([
    ['own', clientId, 'x', [`${clientId}/x`], true],
    ['of another where the own was asked for', otherId, 'x', [`${clientId}/x`], false],
    ['own where Graph was asked for', clientId, 'x', ['User.Read'], false],
    ['of Graph', 'https://graph.microsoft.com', 'User.Read', ['User.Read'], true],
    ['of Graph, v2', graphId, 'User.Read', ['User.Read'], true],
    ['of another API, v2', otherId, 'read', ['api://other.example/read'], true],
    ['own where the URI does not tell', clientId, 'read', ['api://own.example/read'], true],
    ['own without the scope', clientId, 'access_as_user', ['api://other.example/read'], false],
  ])('%s', (_, aud, scp, scopes, isIt) => {
    expect(isTokenFor({ aud, scp }, scopes, clientId, true)).toBe(isIt)
  })
})

describe('isUserToken', () => {
  it.each<[string, object, boolean]>([
    ['an access token', { scp: 'access_as_user' }, true],
    ['an access token that says so', { scp: 'a b', idtyp: 'user' }, true],
    ['an ID token', { nonce: 'n' }, false],
    ['an ID token with a scope', { scp: 'a', nonce: 'n' }, false],
    ['an ID token with the hash of a token', { scp: 'a', at_hash: 'h' }, false],
    ['an ID token with the hash of a code', { scp: 'a', c_hash: 'h' }, false],
    ['a token of an app', { roles: ['Chat.Read'] }, false],
    ['a token of an app that says so', { scp: 'a', idtyp: 'app' }, false],
    ['a token of a device', { scp: 'a', idtyp: 'device' }, false],
    ['an empty scope', { scp: ' ' }, false],
    ['a list of scopes', { scp: ['a'] }, false],
  ])('%s', (_, claims, isIt) => {
    expect(isUserToken({ ...claims })).toBe(isIt)
  })
})
