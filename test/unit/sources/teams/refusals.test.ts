import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusalOfHost } from '../../../../src/sources/teams/refusals.js'

describe('refusalOfHost', () => {
  it.each([
    ['resourceRequiresConsent', 'consent_required'],
    ['consent_required', 'consent_required'],
    ['resourceRequiresMfa', 'sign_in_required'],
    ['uiRequired', 'sign_in_required'],
    ['tokenRevoked', 'sign_in_required'],
    ['invalid_grant', 'sign_in_required'],
    ['interaction_required', 'sign_in_required'],
    ['login_required', 'sign_in_required'],
    ['CancelledByUser', 'cancelled'],
    ['FailedToOpenWindow', 'cancelled'],
    ['Failed to get auth token due to user cancellation of consent flow', 'cancelled'],
    ['resourceDisabled', 'host_refused'],
    ['App resource defined in manifest and iframe origin do not match', 'host_refused'],
    ['Tab does not have the required permissions for this operation', 'host_refused'],
    ['Definition not found', 'host_refused'],
    ['Failed to get auth token due to resource error', 'host_refused'],
    ['renewalTimeout', 'unavailable'],
    ['Unexpected', 'unavailable'],
    ['Get Auth token failed', 'unavailable'],
    ['Cannot start retry fetch of ADAL tokens', 'unavailable'],
    ['Failed to get auth token due to ADAL error', 'unavailable'],
  ])('understands %j as %s', (message, code) => {
    const cause = new Error(message)
    expect(refusalOfHost(cause)).toEqual({ refused: code, cause })
    expect(refusalOfHost(message).refused).toBe(code)
    expect(refusalOfHost({ errorCode: 500, message }).refused).toBe(code)
  })

  it.each<[string, unknown]>([
    ['a message that nobody knows', new Error('Quota exceeded in ring 4')],
    ['a message that only begins like one', new Error('uiRequired!')],
    ['a message in another case', new Error('uirequired')],
    ['an empty message', new Error('')],
    ['the name of a member of every object', new Error('constructor')],
    ['the name of the prototype', '__proto__'],
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['a symbol', Symbol('uiRequired')],
    ['an object without prototype', Object.create(null)],
    ['an object whose message is an object', { message: Object.create(null) }],
  ])('calls %s refused by the host and keeps it as cause', (_, cause) => {
    expect(refusalOfHost(cause)).toEqual({ refused: 'host_refused', cause })
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (cause) => !!refusalOfHost(cause).refused))
  })
})
