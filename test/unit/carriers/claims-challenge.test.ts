import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimsChallengeOf } from '../../../src/carriers/claims-challenge.js'

const asked = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const encoded = btoa(asked)
const challengeOf = (header?: string) => claimsChallengeOf(new Headers(header ? { 'www-authenticate': header } : {}))

describe('claimsChallengeOf', () => {
  it.each([
    ['the form of Microsoft Learn', `Bearer realm="", error="insufficient_claims", claims="${encoded}"`],
    ['claims first', `Bearer claims="${encoded}", error="insufficient_claims"`],
    ['another scheme before it', `Basic realm="x", Bearer error="insufficient_claims", claims="${encoded}"`],
    ['lower case and no quotes around the error', `bearer error=insufficient_claims, claims="${encoded}"`],
    ['spaces alone between the parameters', `Bearer error="insufficient_claims" claims="${encoded}"`],
    ['base64url without padding', `Bearer error="insufficient_claims", claims="${encoded.replace(/=+$/, '')}"`],
    [
      'a long list of parameters',
      `Bearer authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="x", ` +
        `error="insufficient_claims", claims="${encoded}", cc_type="authcontext"`,
    ],
  ])('reads the claims out of %s', (_, header) => {
    expect(JSON.parse(challengeOf(header) ?? 'null')).toEqual(JSON.parse(asked))
  })

  it('reads as much as 8 KB, and no more', () => {
    const withLength = (length: number) => {
      const header = `Bearer error="insufficient_claims", claims="${encoded}", pad=`
      return header + 'x'.repeat(length - header.length)
    }
    expect(challengeOf(withLength(8_192))).toBeDefined()
    expect(challengeOf(withLength(8_193))).toBeUndefined()
  })

  it('reads claims beyond ASCII', () => {
    const claims = { access_token: { reason: 'Prüfung ≥ 2' } }
    const bytes = new TextEncoder().encode(JSON.stringify(claims))
    const header = `Bearer error="insufficient_claims", claims="${btoa(String.fromCharCode(...bytes))}"`
    expect(JSON.parse(challengeOf(header) ?? 'null')).toEqual(claims)
  })

  it.each([
    ['no header', undefined],
    ['a plain challenge', 'Bearer realm="api"'],
    ['an invalid token', `Bearer error="invalid_token", claims="${encoded}"`],
    ['claims without an error', `Bearer claims="${encoded}"`],
    ['an error that only begins like it', `Bearer error="insufficient_claims_x", claims="${encoded}"`],
    ['another parameter that ends like the error', `Bearer sub_error="insufficient_claims", claims="${encoded}"`],
    ['another parameter that ends like the claims', `Bearer error="insufficient_claims", id_claims="${encoded}"`],
    ['an error without claims', 'Bearer error="insufficient_claims"'],
    ['another scheme', `Basic error="insufficient_claims", claims="${encoded}"`],
    ['a scheme that only ends like it', `NotBearer error="insufficient_claims", claims="${encoded}"`],
    ['claims that are not base64', 'Bearer error="insufficient_claims", claims="%%%"'],
    ['claims that are not JSON', `Bearer error="insufficient_claims", claims="${btoa('{')}"`],
    ['claims that are text', `Bearer error="insufficient_claims", claims="${btoa('"x"')}"`],
    ['claims that are a list', `Bearer error="insufficient_claims", claims="${btoa('[]')}"`],
    ['claims that are null', `Bearer error="insufficient_claims", claims="${btoa('null')}"`],
    ['empty claims', 'Bearer error="insufficient_claims", claims=""'],
    [
      'more than any real challenge holds',
      `Bearer error="insufficient_claims", claims="${btoa(`{"x":"${'y'.repeat(8_192)}"}`)}"`,
    ],
  ])('sees no claims challenge in %s', (_, header) => {
    expect(challengeOf(header)).toBeUndefined()
  })

  it('never throws', () => {
    const value = fc.string({ unit: 'binary-ascii' }).map((text) => text.replace(/[^\x20-\x7e]/g, ''))
    const header = fc.oneof(
      value,
      value.map((text) => `Bearer error="insufficient_claims", claims="${text}"`),
      fc.base64String().map((text) => `Bearer error="insufficient_claims", claims="${text}"`),
    )
    fc.assert(
      fc.property(header, (text) => {
        const claims = challengeOf(text)
        return claims === undefined || typeof JSON.parse(claims) === 'object'
      }),
      { numRuns: 1_000 },
    )
  })
})
