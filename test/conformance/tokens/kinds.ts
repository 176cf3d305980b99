import { adele, claimCases, clientId, otherClientId, versionOne } from './make.js'
import type { TokenCase } from './token-case.js'

const MICROSOFT = [
  ['Teams desktop', '1fec8e78-bce4-4aaf-ab1b-5451cc387264'],
  ['Teams in a browser', '5e3ce6c0-2b1f-4285-8d4b-75ee78787346'],
  ['Microsoft 365 in a browser', '4765445b-32c6-49b0-83e6-1d93765276ca'],
  ['Microsoft 365 desktop', '0ec893e0-5785-4de6-99da-4ed124e5296c'],
  ['Outlook desktop', 'd3590ed6-52b3-4102-aeff-aad2292ab01c'],
  ['Outlook in a browser', 'bc59ab01-8403-45c6-8796-ac3ef710b3e3'],
  ['Outlook mobile', '27922004-5251-4030-b22d-91ecd9a37ea4'],
] as const
const GRAPH_EXPLORER = 'de8bc8b5-d9f9-48b1-a8ad-b748da725064'

/** An access token of a user, that whoever bears it may use. */
export const kinds: readonly TokenCase[] = [
  ...claimCases('not_an_access_token', [
    ['bound to a key (`cnf`), as of proof of possession', { cnf: { kid: 'a-key' } }],
    ['bound to a key (`cnf`), as of DPoP', { cnf: { jkt: 'a-thumbprint' } }],
    ['bound to a certificate (`cnf`)', { cnf: { 'x5t#S256': 'a-thumbprint' } }],
    ['an empty `cnf`', { cnf: {} }],
    ['`cnf` null', { cnf: null }],
    ['an ID token, by its `nonce`', { nonce: 'a-nonce' }],
    ['`nonce` null', { nonce: null }],
    ['an ID token, by its `at_hash`', { at_hash: 'a-hash' }],
    ['an ID token, by its `c_hash`', { c_hash: 'a-hash' }],
    ['an ID token, by its missing `scp`', { scp: undefined }],
    ['a token of an app on its own (`idtyp`)', { idtyp: 'app' }],
    ['a token of an app, with a scope all the same', { idtyp: 'app', scp: 'access_as_user' }],
    ['a token of a device (`idtyp`)', { idtyp: 'device' }],
    ['`idtyp` null', { idtyp: null }],
    ['an empty `idtyp`', { idtyp: '' }],
    ['`idtyp` User', { idtyp: 'User' }],
    ['`idtyp` in a list', { idtyp: ['user'] }],
    ['a token of an app on its own, by its `roles`', { scp: undefined, roles: ['access_as_user'] }],
    ['an empty `scp`', { scp: '' }],
    ['`scp` a space', { scp: ' ' }],
    ['`scp` null', { scp: null }],
    ['`scp` in a list', { scp: ['access_as_user'] }],
    ['`scp` an object', { scp: { access_as_user: true } }],
    ['`scope` in place of `scp`', { scp: undefined, scope: 'access_as_user' }],
    ['an ID token for another audience: the kind comes first', { aud: otherClientId, nonce: 'a-nonce' }],
  ]),
  ...claimCases('accepted', [
    ['`idtyp` user', { idtyp: 'user' }],
    ['`roles` beside `scp`', { roles: ['Admin'] }],
    [
      '`acr`, `amr` and other claims of Entra ID',
      { acr: '1', amr: ['pwd'], aio: 'x', rh: 'x', uti: 'x', xms_ftd: 'x' },
    ],
    ['no `sub`', { sub: undefined }],
  ]),
  ...claimCases('token_invalid', [
    ['no `oid`', { oid: undefined }],
    ['`oid` null', { oid: null }],
    ['an empty `oid`', { oid: '' }],
    ['`oid` in upper case', { oid: adele.toUpperCase() }],
    ['`oid` in a list', { oid: [adele] }],
    ['`oid` an address', { oid: 'adele@contoso.com' }],
    ['`oid` with a colon and another one', { oid: `${adele}:x` }],
    ['`oid` with a line break after it', { oid: `${adele}\n` }],
  ]),
]

/** Which client has asked for it (`azp` in version 2.0, `appid` in 1.0). */
export const clients: readonly TokenCase[] = [
  ...claimCases(
    'accepted',
    MICROSOFT.map(([name, azp]) => [`the client of ${name}`, { azp }] as const),
  ),
  ...claimCases('accepted', [
    ['version 1.0: the client of Teams', { ...versionOne, appid: MICROSOFT[1][1] }],
    ['`appid` of another client beside the right `azp`', { appid: otherClientId }],
  ]),
  ...claimCases('wrong_client', [
    ['no `azp`', { azp: undefined }],
    ['`azp` null', { azp: null }],
    ['an empty `azp`', { azp: '' }],
    ['`azp` of another client', { azp: otherClientId }],
    ['`azp` of Graph Explorer', { azp: GRAPH_EXPLORER }],
    ['`azp` in upper case', { azp: clientId.toUpperCase() }],
    ['`azp` in a list', { azp: [clientId] }],
    ['`azp` in an object', { azp: { azp: clientId } }],
    ['`azp` with a space after it', { azp: `${clientId} ` }],
    ['`appid` in place of `azp`', { azp: undefined, appid: clientId }],
    ['`azp` of another client beside the right `appid`', { azp: otherClientId, appid: clientId }],
    ['version 1.0: `azp` in place of `appid`', { ...versionOne, appid: undefined, azp: clientId }],
    ['version 1.0: another client', { ...versionOne, appid: otherClientId }],
    ['version 1.0: another client beside the right `azp`', { ...versionOne, appid: otherClientId, azp: clientId }],
    ['the wrong client and the wrong scope: the client comes first', { azp: otherClientId, scp: 'other' }],
  ]),
  ...claimCases('accepted', [['another client that the options name', { azp: otherClientId }]], {
    clients: [otherClientId],
  }),
  ...claimCases(
    'wrong_client',
    [
      ['the app itself, where the options name another client', {}],
      ['Teams, where the options name another client', { azp: MICROSOFT[1][1] }],
    ],
    { clients: [otherClientId] },
  ),
]

/** What the user has let the client do. */
export const scopes: readonly TokenCase[] = [
  ...claimCases('accepted', [
    ['the scope between others', { scp: 'files.read access_as_user mail.read' }],
    ['the scope after two spaces', { scp: 'files.read  access_as_user' }],
  ]),
  ...claimCases('wrong_scope', [
    ['another scope', { scp: 'other' }],
    ['a scope of Microsoft Graph', { scp: 'User.Read openid profile' }],
    ['a scope that begins alike', { scp: 'access_as_user2' }],
    ['a scope that ends alike', { scp: 'xaccess_as_user' }],
    ['the scope in upper case', { scp: 'ACCESS_AS_USER' }],
    ['the scope with its API', { scp: `api://${clientId}/access_as_user` }],
    ['the scope after a comma', { scp: 'files.read,access_as_user' }],
    ['the scope after a tab', { scp: 'files.read\taccess_as_user' }],
    ['the scope after a line break', { scp: 'files.read\naccess_as_user' }],
    ['the scope in `roles` alone', { scp: 'other', roles: ['access_as_user'] }],
  ]),
  ...claimCases('accepted', [['the second of two scopes that the options name', { scp: 'write' }]], {
    scopes: ['read', 'write'],
  }),
  ...claimCases('wrong_scope', [['the default scope, where the options name others', {}]], {
    scopes: ['read', 'write'],
  }),
]
