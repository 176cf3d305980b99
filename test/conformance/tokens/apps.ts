import { claimCases, clientId, otherClientId, tenantId, versionOne } from './make.js'
import type { TokenCase } from './token-case.js'

const ROLE = 'access_as_application'
const daemon = '70000000-0000-4000-8000-000000000007'
const principal = '80000000-0000-4000-8000-000000000008'
/** What a token of an app has instead of that of a user. */
const ofApp = { azp: daemon, azpacr: '1', oid: principal, sub: principal, idtyp: 'app', scp: undefined, roles: [ROLE] }
const ofAppVersionOne = { ...ofApp, ...versionOne, appid: daemon, appidacr: '1' }

type Rows = Parameters<typeof claimCases>[1]

function callerCases(expected: TokenCase['expected'], rows: Rows, clients?: readonly string[]): TokenCase[] {
  const daemons = { roles: [ROLE, 'read_all'], ...(clients && { clients }) }
  return claimCases(expected, rows, { daemons }).map((each) => ({ ...each, caller: true }))
}

function identified(cases: readonly TokenCase[]): TokenCase[] {
  return cases.map((each) => ({ ...each, identity: `app:${tenantId}:${daemon}` }))
}

/** Tokens of apps without a user. */
export const apps: readonly TokenCase[] = [
  ...identified(
    callerCases('accepted', [
      ['an app with the role', ofApp],
      ['an app with another of the roles', { ...ofApp, roles: ['else', 'read_all'] }],
      ['version 1.0: an app with the role', ofAppVersionOne],
    ]),
  ),
  ...identified(callerCases('accepted', [['an app that the options name', ofApp]], [otherClientId, daemon])),
  ...callerCases('accepted', [['a user, where apps may call as well', { roles: [ROLE] }]]),
  ...claimCases('not_an_access_token', [['an app with the role, where a user is asked for', ofApp]], {
    daemons: { roles: [ROLE] },
  }),
  ...callerCases('not_an_access_token', [
    ['an app without `idtyp`: nothing says that there is no user', { ...ofApp, idtyp: undefined }],
    ['an app with `idtyp` in a list', { ...ofApp, idtyp: ['app'] }],
    ['an app with `idtyp` App', { ...ofApp, idtyp: 'App' }],
    ['a device', { ...ofApp, idtyp: 'device' }],
    ['an app with a scope', { ...ofApp, scp: 'access_as_user' }],
    ['an app with an empty scope', { ...ofApp, scp: '' }],
    ['an app whose token is bound to a key (`cnf`)', { ...ofApp, cnf: { kid: 'a-key' } }],
    ['an app with an ID token (`nonce`)', { ...ofApp, nonce: 'a-nonce' }],
  ]),
  ...callerCases('wrong_role', [
    ['an app without roles', { ...ofApp, roles: undefined }],
    ['an app with another role', { ...ofApp, roles: ['else'] }],
    ['an app with the role in upper case', { ...ofApp, roles: [ROLE.toUpperCase()] }],
    ['an app with `roles` a text', { ...ofApp, roles: ROLE }],
    ['an app with the role and a number', { ...ofApp, roles: [ROLE, 1] }],
    ['an app with an empty list of roles', { ...ofApp, roles: [] }],
  ]),
  ...callerCases('wrong_client', [
    ['an app without `azp`', { ...ofApp, azp: undefined }],
    ['an app with `azp` in upper case', { ...ofApp, azp: daemon.toUpperCase().replace('7', 'A') }],
    ['version 1.0: an app without `appid`', { ...ofAppVersionOne, appid: undefined, azp: daemon }],
  ]),
  ...callerCases('wrong_client', [['an app that the options do not name', ofApp]], [otherClientId]),
  ...callerCases('wrong_audience', [['an app with a token for another API', { ...ofApp, aud: otherClientId }]]),
  ...callerCases('token_invalid', [['an app without `oid`', { ...ofApp, oid: undefined }]]),
  ...callerCases('wrong_scope', [['a user with the role and another scope', { roles: [ROLE], scp: 'other' }]]),
  ...callerCases('wrong_client', [
    ['a user of a client that only apps may have', { azp: daemon, aud: clientId, roles: [ROLE] }],
  ]),
]
