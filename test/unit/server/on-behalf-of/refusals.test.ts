import { describe, expect, it } from 'vitest'
import { claimsChallengeOf } from '../../../../src/carriers/claims-challenge.js'
import { OnBehalfOfError } from '../../../../src/server/on-behalf-of/error.js'
import { noToken, toOnBehalfOfError } from '../../../../src/server/on-behalf-of/refusals.js'

const scopes = ['User.Read']
const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const errorOf = (thrown: unknown) => toOnBehalfOfError(thrown, scopes)

describe('what MSAL throws', () => {
  it.each<[thrown: object, code: string, remedy: string]>([
    [{ errorNo: '7000215' }, 'config_invalid', 'The secret is wrong.'],
    [{ errorNo: 7000222 }, 'config_invalid', 'The secret has expired.'],
    [{ errorNo: '700024' }, 'config_invalid', 'The client assertion has expired'],
    [{ errorNo: '700021' }, 'config_invalid', 'The client assertion is of another app'],
    [{ errorNo: '700023' }, 'config_invalid', 'The client assertion is of another app'],
    [{ errorNo: '700027' }, 'config_invalid', 'The certificate is not one'],
    [{ errorNo: '7000214' }, 'config_invalid', 'The certificate is not one'],
    [{ errorNo: '7000216' }, 'config_invalid', 'The server has not proved itself.'],
    [{ errorNo: '7000218' }, 'config_invalid', 'The server has not proved itself.'],
    [{ errorNo: '28000' }, 'config_invalid', 'more than one API'],
    ...['70011', '65005', '650053', '500011', '650057'].map(
      (errorNo) => [{ errorNo }, 'config_invalid', 'does not offer one of the scopes'] as [object, string, string],
    ),
    [{ errorNo: '500131' }, 'config_invalid', 'for another API'],
    [{ errorNo: '700016' }, 'config_invalid', 'does not know the app'],
    [{ errorNo: '90002' }, 'config_invalid', 'does not know the app'],
    [{ code: 'ERR_OSSL_UNSUPPORTED' }, 'config_invalid', 'as PEM'],
    ...['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_request', 'invalid_scope'].map(
      (errorCode) => [{ errorCode }, 'config_invalid', 'refuses the app'] as [object, string, string],
    ),
    [{ errorCode: 'invalid_resource' }, 'config_invalid', 'refuses the app'],
    [{ errorCode: 'invalid_target' }, 'config_invalid', 'refuses the app'],
    [{ subError: 'consent_required' }, 'consent_required', 'has to consent'],
    ...[65001, 90008, 90094, 90095].map(
      (errorNo) =>
        [{ errorNo, errorCode: 'invalid_grant' }, 'consent_required', 'has to consent'] as [object, string, string],
    ),
    [{ claims, errorCode: 'invalid_grant' }, 'insufficient_claims', 'with more claims'],
    [{ claims: 'no JSON', errorCode: 'invalid_grant' }, 'sign_in_required', 'a new token'],
    [{ claims: '', errorCode: 'invalid_grant' }, 'sign_in_required', 'a new token'],
    [{ errorCode: 'invalid_grant', name: 'ServerError' }, 'sign_in_required', 'a new token'],
    [{ errorCode: 'login_required', name: 'InteractionRequiredAuthError' }, 'sign_in_required', 'a new token'],
    [{ code: 'ENOTFOUND' }, 'temporarily_unavailable', 'later'],
    [{ code: 'OF_ERR_OSSL' }, 'temporarily_unavailable', 'later'],
    [{ errorCode: 'server_error' }, 'temporarily_unavailable', 'later'],
    [{}, 'temporarily_unavailable', 'later'],
  ])('%j becomes %s', (thrown, code, remedy) => {
    const error = errorOf(thrown)
    expect([error.code, error.remedy]).toEqual([code, expect.stringContaining(remedy)])
  })

  it('hands on the scopes, the challenge and the number, and nothing of the text', () => {
    const error = errorOf({ claims, errorNo: '50076', message: 'eyJ for adele@contoso.com' })
    expect(error).toMatchObject({ code: 'insufficient_claims', status: 401, aadsts: 50076 })
    expect(claimsChallengeOf(new Headers(error.headers))).toBe(claims)
    const consent = errorOf({ errorNo: 65001 })
    expect(consent).toMatchObject({ status: 403, aadsts: 65001 })
    expect(consent.headers['WWW-Authenticate']).toContain('scopes="User.Read"')
    expect(JSON.stringify(error)).not.toMatch(/eyJ|adele/)
    expect(error.message).not.toMatch(/eyJ|adele/)
  })

  it('that is no object is an outage', () => {
    for (const thrown of [undefined, null, 'text', 7]) expect(errorOf(thrown).code).toBe('temporarily_unavailable')
  })

  it('stays what it is, if it is one of ours', () => {
    const own = new OnBehalfOfError('sign_in_required', { remedy: 'x' })
    expect(errorOf(own)).toBe(own)
  })
})

it('a user without a token is asked for one', () => {
  expect(noToken()).toMatchObject({ code: 'sign_in_required', remedy: expect.stringContaining('a new token') })
})
