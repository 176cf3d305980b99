import {
  AuthError,
  BrowserAuthError,
  ClientAuthError,
  ClientConfigurationError,
  InteractionRequiredAuthError,
  ServerError,
} from '@azure/msal-browser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusalOfMsal } from '../../../../src/sources/msal/refusals.js'

const correlation = 'c'
const online = { onLine: true }
const offline = { onLine: false }

const codeOf = (cause: unknown, navigator = online) => refusalOfMsal(cause, navigator).refused
const interaction = (code: string, sub?: string, message = '') =>
  new InteractionRequiredAuthError(code, correlation, message, sub)
const server = (code: string, message = '', sub?: string) => new ServerError(code, correlation, message, sub)
const withStatus = (code: string, status: number) => new ServerError(code, correlation, '', '', '', status)
/** Shaped like that of msal-common, which msal-browser does not export. */
const cacheError = (errorCode: string) => Object.assign(new Error(errorCode), { name: 'CacheError', errorCode })
const browser = (code: string) => new BrowserAuthError(code, correlation)
const client = (code: string) => new ClientAuthError(code, correlation)

describe('refusalOfMsal', () => {
  it.each<[string, unknown, string]>([
    ['interaction is required', interaction('interaction_required', 'basic_action'), 'sign_in_required'],
    ['nobody has a session', interaction('login_required', '', 'AADSTS50058'), 'sign_in_required'],
    ['the refresh token is too old', interaction('refresh_token_expired'), 'sign_in_required'],
    ['there are no tokens', interaction('no_tokens_found'), 'sign_in_required'],
    ['the refresh token is refused', server('invalid_grant', 'AADSTS700084'), 'sign_in_required'],
    ['there is no account', browser('no_account_error'), 'sign_in_required'],
    ['a nested host has no account', client('no_account_found'), 'sign_in_required'],
    ['consent is missing', interaction('consent_required'), 'consent_required'],
    ['consent is missing, by suberror', interaction('interaction_required', 'consent_required'), 'consent_required'],
    ['consent is missing, by number', interaction('interaction_required', '', 'AADSTS65001: …'), 'consent_required'],
    ['consent is missing on renewal', server('invalid_grant', 'AADSTS65001: …'), 'consent_required'],
    ['consent is missing on renewal, by suberror', server('invalid_grant', '', 'consent_required'), 'consent_required'],
    ['the user declined', server('access_denied', 'AADSTS65004'), 'denied'],
    ['the user closed the window', browser('user_cancelled'), 'cancelled'],
    ['the user closed the nested window', client('user_canceled'), 'cancelled'],
    ['there is no network', client('no_network_connectivity'), 'offline'],
    ['a POST failed', browser('post_request_failed'), 'unavailable'],
    ['a GET failed', browser('get_request_failed'), 'unavailable'],
    ['an answer was not JSON', browser('failed_to_parse_response'), 'unavailable'],
    ['the network failed', client('network_error'), 'unavailable'],
    ['discovery failed', client('endpoints_resolution_error'), 'unavailable'],
    ['the service is down', server('temporarily_unavailable', 'AADSTS90033'), 'unavailable'],
    ['the service is broken', server('server_error'), 'unavailable'],
    ['the service said nothing', server(''), 'unavailable'],
    ['another redirect is under way', browser('interaction_in_progress'), 'unavailable'],
    ['MSAL does not ask for a while', server('90033'), 'throttled'],
    ['MSAL does not ask, for two reasons', server('90033,50197'), 'throttled'],
    ['MSAL does not ask, for two reasons, as of 5.29', server('90033 50197'), 'throttled'],
    ['the service throttles', withStatus('temporarily_unavailable', 429), 'throttled'],
    ['the service throttles, in words of its own', withStatus('invalid_request', 429), 'throttled'],
    ['the service is broken, whatever it says', withStatus('invalid_request', 503), 'unavailable'],
    ['the token endpoint did not answer', server('endpoint_silent'), 'timed_out'],
    ['the token endpoint throttles', server('endpoint_throttles'), 'throttled'],
    ['the token endpoint fails', withStatus('endpoint_fails', 404), 'unavailable'],
    ['the token endpoint gave nothing', server('endpoint_empty'), 'unavailable'],
    ['the storage is full', new DOMException('x', 'QuotaExceededError'), 'unsupported'],
    [
      'the storage is full, says MSAL in its own way',
      Object.assign(new Error('See https://aka.ms/msal.js.errors#cache_quota_exceeded for details'), {
        name: 'CacheError',
        errorCode: 'CacheError',
      }),
      'unsupported',
    ],
    ['the storage is full, says MSAL', cacheError('cache_quota_exceeded'), 'unsupported'],
    ['time is up', browser('timed_out'), 'timed_out'],
    ['the page is framed', browser('redirect_in_iframe'), 'framed'],
    ['the nested bridge is switched off', client('nested_app_auth_bridge_disabled'), 'host_refused'],
    ['the scope does not exist', server('invalid_scope', 'AADSTS70011'), 'config_invalid'],
    ['the API does not exist', server('invalid_resource', 'AADSTS500011'), 'config_invalid'],
    ['the client is wrong', server('invalid_client'), 'config_invalid'],
    ['the request is wrong', server('invalid_request'), 'config_invalid'],
    ['the authority is wrong', new ClientConfigurationError('authority_uri_insecure', correlation), 'config_invalid'],
    ['MSAL says something new', new AuthError('brand_new_error', correlation), 'unavailable'],
    ['MSAL breaks', new TypeError("Cannot create property 'key_id' on string"), 'unavailable'],
    ['the request timed out', new DOMException('timed out', 'TimeoutError'), 'unavailable'],
  ])('understands that %s', (_, cause, code) => {
    expect(refusalOfMsal(cause, online)).toMatchObject({ refused: code, cause })
  })

  it('calls what looks like a broken service offline where the device is', () => {
    expect(codeOf(browser('post_request_failed'), offline)).toBe('offline')
    expect(codeOf(browser('timed_out'), offline)).toBe('offline')
    expect(codeOf(new TypeError('Failed to fetch'), offline)).toBe('offline')
  })

  it('still says that a sign-in is needed where the device is offline', () => {
    expect(codeOf(interaction('refresh_token_expired'), offline)).toBe('sign_in_required')
    expect(codeOf(server('access_denied'), offline)).toBe('denied')
  })

  it('says that nobody is known only where MSAL has no account', () => {
    expect(refusalOfMsal(browser('no_account_error'), online).noAccount).toBe(true)
    expect(refusalOfMsal(client('no_account_found'), online).noAccount).toBe(true)
    expect(refusalOfMsal(server('invalid_grant'), online)).not.toHaveProperty('no-account')
    expect(refusalOfMsal(new Error('no_account_error'), online)).not.toHaveProperty('no-account')
  })

  it('passes on the claims challenge of Entra ID', () => {
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    const cause = new InteractionRequiredAuthError('interaction_required', correlation, '', '', '', '', claims)
    expect(refusalOfMsal(cause, online)).toMatchObject({ refused: 'sign_in_required', claims })
  })

  it('passes on no claims that are empty or no text', () => {
    for (const claims of ['', {}, 5, null])
      expect(refusalOfMsal(Object.assign(server('invalid_grant'), { claims }), online)).not.toHaveProperty('claims')
  })

  it('knows the errors of another copy of MSAL by their shape', () => {
    const other = Object.assign(new Error('x'), { name: 'InteractionRequiredAuthError', errorCode: 'bad_token' })
    expect(codeOf(other)).toBe('sign_in_required')
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'invalid_grant'],
    ['an object without prototype', Object.create(null)],
    ['a code that is no text', Object.assign(new Error('x'), { errorCode: 5 })],
    ['the name of a member of every object', Object.assign(new Error('x'), { errorCode: 'constructor' })],
  ])('calls %s unavailable', (_, cause) => {
    expect(codeOf(cause)).toBe('unavailable')
  })

  it('never throws', () => {
    const odd = fc.record({
      name: fc.constantFrom('InteractionRequiredAuthError', 'ServerError', 'x'),
      errorCode: fc.oneof(fc.constantFrom('invalid_grant', '__proto__'), fc.anything()),
      subError: fc.anything(),
      errorMessage: fc.anything({ withNullPrototype: true }),
      claims: fc.anything(),
    })
    const cause = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      odd.map((parts) => Object.assign(new Error('x'), parts)),
    )
    fc.assert(
      fc.property(cause, (each) => {
        const { refused, claims } = refusalOfMsal(each, online)
        return !!refused && (claims === undefined || typeof claims === 'string')
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('an error of Entra ID by its number', () => {
  const interactive = ['invalid_grant', 'interaction_required', 'login_required']
  const mistaken = ['invalid_request', 'invalid_client', 'invalid_resource', 'unauthorized_client']
  const any = [...interactive, ...mistaken, 'access_denied', 'server_error']

  it.each<[string, number[], readonly string[]]>([
    ['config_invalid', [50194, 90009, 500011, 650052, 650053, 650056, 650057, 700016], any],
    ['config_invalid', [50011, 65005, 70011, 90002, 90014, 500113, 900144, 7000218, 9002326], mistaken],
    ['config_invalid', [700054], ['unsupported_response_type']],
    ['config_invalid', [70003], ['unsupported_grant_type']],
    ['denied', [50020, 50034, 50053, 50057, 50105, 53000, 53001, 53002, 53003, 65004], any],
    ['denied', [530002, 530003, 530032, 530035], any],
    ['consent_required', [65001, 90008, 90094, 90095], any],
    ['sign_in_required', [50058, 50074, 50076, 50079, 50132, 50173, 70008, 70043, 70044, 700082, 700084], interactive],
    ['throttled', [50196, 90055], any],
    ['sign_in_required', [99999], interactive],
    ['config_invalid', [99999], mistaken],
  ])('is %s: %j', (code, list, words) => {
    for (const number of list) {
      for (const error of words) {
        const text = `AADSTS${number}: Some text. Trace ID: 1`
        // As MSAL does it.
        const cause = /_required$/.test(error) ? interaction(error, '', text) : server(error, text)
        const refusal = refusalOfMsal(cause, online)
        expect([number, error, refusal.refused, refusal.why]).toEqual([number, error, code, String(number)])
      }
    }
  })

  it('is that of an InteractionRequiredAuthError too', () => {
    expect(codeOf(interaction('interaction_required', 'message_only', 'AADSTS53003: x'))).toBe('denied')
    expect(codeOf(interaction('interaction_required', '', 'AADSTS50079: x'))).toBe('sign_in_required')
  })

  it.each(['AADSTS123: x', 'AADSTS500111234: x', 'AADSTSecret', 'aadsts50105'])('is none in %s', (text) => {
    const refusal = refusalOfMsal(server('invalid_grant', text), online)
    expect(refusal.refused).toBe('sign_in_required')
    expect(refusal).not.toHaveProperty('why')
  })
})
