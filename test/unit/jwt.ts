import type { AccountReader } from '../../src/sources/account-claims.js'
import type { AccessToken } from '../../src/sources/source.js'
import { unsignedToken } from '../../src/testing/unsigned-token.js'

export const tenantId = '11111111-2222-4333-8444-555555555555'
/** The app has the GUID of its tenant: one is as good as another here. */
export const clientId = tenantId
export const adele = 'aaaaaaaa-0000-4000-8000-000000000001'
export const bob = 'bbbbbbbb-0000-4000-8000-000000000002'
export const ownScopes = ['api://app.example/access_as_user']

/** Where the app asks for no claims of the account. */
export const asTheyAre: AccountReader = { complete: (account) => account }

let serial = 0

export { unsignedToken }

/** Another token with each call, like a real source's. */
export function accessToken({
  objectId = adele,
  expiresInMs = 3_600_000,
  scopes = ownScopes,
  now = Date.now(),
  claims = {} as Readonly<Record<string, unknown>>,
} = {}): AccessToken {
  const expiresOnTimestamp = now + expiresInMs
  const exp = Math.floor(expiresOnTimestamp / 1000)
  const what = { aud: clientId, scp: 'access_as_user', iat: Math.floor(now / 1000) - 1, exp }
  return {
    token: unsignedToken({ uti: ++serial, tid: tenantId, oid: objectId, ...what, ...claims }),
    expiresOnTimestamp,
    scopes,
    account: { key: `entra:${tenantId}:${objectId}`, tenantId, objectId },
  }
}
