// The TypeScript half as the cases see it: a verifier of tokens.json, and the tokens for it.
import { type Caller, type CallerVerifier, createVerifier, type Verifier } from '../../../src/server/index.js'
import { tokenFile, tokenOf } from '../../conformance/token-file.js'
import { type Members, token } from '../../conformance/tokens/make.js'
import type { NumberedCase } from '../../conformance/tokens/token-case.js'
import type { WireTokens } from '../../conformance/wire/wire-case.js'

const otherTenantId = '20000000-0000-4000-8000-00000000000b'
const bob = 'bbbbbbbb-0000-4000-8000-000000000002'

export const SECRET = 'a secret of tests, 32 bytes or more'

export const verifier = createVerifier({
  ...tokenFile.verifier,
  fetch: async () => new Response(tokenFile.keys.body),
  onRefused: () => {},
})

/** As the case says: for users, or for apps as well. */
export function verifyFor(each: NumberedCase, made: Verifier | CallerVerifier): Promise<Caller> {
  return each.caller && 'verifyCaller' in made ? made.verifyCaller(tokenOf(each)) : made.verify(tokenOf(each))
}

/** A token that lasts so many seconds. */
function signed(seconds: number, claims: Members = {}) {
  const exp = `<now${seconds < 0 ? '' : '+'}${seconds}>`
  return async () => String(tokenOf({ token: token({ claims: { exp, ...claims } }) }))
}

export const tokens: WireTokens = {
  good: signed(600),
  later: signed(3_600),
  other: signed(600, { oid: bob }),
  expired: signed(-120),
  foreign: signed(600, { tid: otherTenantId }),
  short: signed(1),
}
