import { describe, expect, it } from 'vitest'
import { isStepUp } from '../../../src/shared/step-up.js'

const acrs = { essential: true, value: 'c1' }
const policy = { essential: true, values: ['d0000000-0000-4000-8000-000000000001'] }
const capability = { values: ['CP1'] }
const time = { essential: true, value: '1604106651' }

describe('a claims challenge', () => {
  it.each([
    [{ access_token: { acrs } }],
    [{ access_token: { acrs: { essential: true, values: ['c1', 'c2'] } } }],
    [{ access_token: { acrs, xms_cc: capability } }],
    [{ access_token: { polids: policy } }],
    [{ access_token: { capolids: policy } }],
    [{ access_token: { acrs, capolids: policy } }],
  ])('asks one endpoint’s step up: %j', (challenge) => {
    expect(isStepUp(JSON.stringify(challenge))).toBe(true)
  })

  it.each([
    [{ access_token: { nbf: time } }],
    [{ access_token: { nbf: time, xms_caeerror: { value: '10012' } } }],
    [{ access_token: { nbf: time, xms_rp_ipaddr: { value: '203.0.113.4' } } }],
    [{ access_token: { acrs, nbf: time } }],
    [{ access_token: { acrs, something: null } }],
    [{ access_token: { xms_cc: capability } }],
    [{ access_token: { acrs }, id_token: { acrs } }],
    [{ id_token: { acrs } }],
    [{ access_token: {} }],
    [{ access_token: null }],
    [{ access_token: 'acrs' }],
    [{ access_token: ['acrs'] }],
    [{ acrs }],
    [{}],
    [['acrs']],
    [null],
    [1],
  ])('is about the whole sign-in, or nothing that is known: %j', (challenge) => {
    expect(isStepUp(JSON.stringify(challenge))).toBe(false)
  })

  it.each(['', '{', 'acrs', '{"__proto__":{"access_token":{"acrs":{}}}}', undefined])(
    'that is no JSON object asks for nothing: %s',
    (text) => {
      expect(isStepUp(text)).toBe(false)
    },
  )
})
