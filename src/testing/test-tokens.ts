import type { AccessToken, Account } from '../index.js'
import { unsignedToken } from './unsigned-token.js'

export interface TestTokensContext {
  readonly scopes: readonly string[]
  /** The token that every call gives, if there is one for all. */
  readonly token: string | undefined
  now(): number
}

/** The tokens of a test: one at a time, another one after a rejection, at its expiry and for another account. */
export interface TestTokens {
  current(account: Account, rejectedToken?: string): AccessToken
  renew(account: Account, token?: string): AccessToken
}

const TOKEN_LIFETIME_MS = 60 * 60_000

export function createTestTokens({ scopes, token, now }: TestTokensContext): TestTokens {
  let latest: AccessToken | undefined

  function isGood(account: Account, rejectedToken: string | undefined): boolean {
    return latest?.account.key === account.key && latest.token !== rejectedToken && now() < latest.expiresOnTimestamp
  }

  function renew(account: Account, given = token): AccessToken {
    const expiresOnTimestamp = now() + TOKEN_LIFETIME_MS
    latest = {
      token: given ?? tokenFor(account, expiresOnTimestamp),
      expiresOnTimestamp,
      scopes: [...scopes],
      account,
    }
    return latest
  }

  return {
    renew,
    current: (account, rejectedToken) => (latest && isGood(account, rejectedToken) ? latest : renew(account)),
  }
}

let serial = 0

/** Never the same twice. */
function tokenFor({ tenantId, objectId, username, name }: Account, expiresOnTimestamp: number): string {
  const identity = { tid: tenantId, oid: objectId, preferred_username: username, name }
  return unsignedToken({ uti: `test-${++serial}`, ...identity, exp: Math.floor(expiresOnTimestamp / 1_000) })
}
