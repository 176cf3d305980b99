import { AuthError as MsalAuthError } from '@azure/msal-browser'
import { describe, expect, it } from 'vitest'
import { AuthError, type AuthErrorCode, isAuthError, isRetryable } from '../../../src/shared/errors.js'

const retryable: Record<AuthErrorCode, boolean> = {
  config_invalid: false,
  unsupported: false,
  framed: false,
  host_timeout: true,
  host_refused: false,
  sign_in_required: false,
  consent_required: false,
  cancelled: true,
  denied: false,
  offline: true,
  unavailable: true,
  throttled: true,
  timed_out: true,
  account_mismatch: false,
  token_rejected: false,
  session_refused: false,
  disposed: false,
}
const codes = Object.keys(retryable) as AuthErrorCode[]

describe('AuthError', () => {
  it.each(codes)('says for %s what happened, where and what to do', (code) => {
    const error = new AuthError(code, { phase: 'source' })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'AuthError', code, phase: 'source', retryable: retryable[code] })
    expect(error.message).not.toBe('')
    expect(error.remedy).toMatch(/^[A-Z].*\.$/s)
    expect(isRetryable(code)).toBe(retryable[code])
  })

  it('has claims and cause only where there are some', () => {
    const bare = new AuthError('offline', { phase: 'source', message: undefined, claims: undefined, cause: undefined })
    expect(bare).not.toHaveProperty('claims')
    expect(bare).not.toHaveProperty('cause')
    expect(bare).not.toHaveProperty('aadsts')
    const cause = new TypeError('x')
    const full = new AuthError('sign_in_required', { phase: 'fetch', message: 'm', remedy: 'r', claims: '{}', cause })
    expect(full).toMatchObject({ message: 'm', remedy: 'r', claims: '{}', cause })
  })

  it('is retryable where it is said to be, whatever its code', () => {
    expect(new AuthError('host_timeout', { phase: 'host', retryable: false }).retryable).toBe(false)
    expect(new AuthError('host_refused', { phase: 'host', retryable: true }).retryable).toBe(true)
    expect(new AuthError('offline', { phase: 'host', retryable: undefined }).retryable).toBe(true)
  })

  it('has all of it in JSON but its cause, which logs would show', () => {
    const cause = { secret: 'eyJ.secret.token' }
    const details = { phase: 'source', message: 'AADSTS700016: m', remedy: 'r.', aadsts: 700016, cause } as const
    const error = new AuthError('config_invalid', details)
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'AuthError',
      code: 'config_invalid',
      phase: 'source',
      retryable: false,
      message: 'AADSTS700016: m',
      remedy: 'r.',
      anchor: 'errors#config_invalid',
      aadsts: 700016,
    })
    expect(JSON.stringify({ error: new AuthError('offline', { phase: 'fetch', cause }) })).not.toContain('secret')
  })

  it.each<[string, unknown[], string]>([
    ['all in one object', [{ code: 'offline', phase: 'fetch', message: 'm' }], 'fetch'],
    ['a code in an object', [{ code: 'offline' }], 'source'],
    ['a code alone', ['offline'], 'source'],
    ['a code and no phase', ['offline', {}], 'source'],
    ['a code and null', ['offline', null], 'source'],
  ])('takes from plain JavaScript %s, and fills in what is missing', (_, given, phase) => {
    const error: AuthError = Reflect.construct(AuthError, given)
    expect(error).toMatchObject({ code: 'offline', phase, retryable: true, remedy: 'Try again when online.' })
    expect(error.message).not.toBe('')
    expect(isAuthError(error, 'offline')).toBe(true)
  })
})

describe('an AuthError of plain JavaScript without a code that there is', () => {
  it.each<[string, unknown[]]>([
    ['bogus', ['bogus', { phase: 'fetch' }]],
    ['offline_once', ['offline_once', {}]],
    ['went_offline', ['went_offline', {}]],
    ['undefined', [{}]],
    ['undefined', [{ phase: 'fetch' }]],
    ['undefined', []],
  ])('says so: %s', (code, given) => {
    const error: AuthError = Reflect.construct(AuthError, given)
    expect(error.message).toBe(`${code}: No such code.`)
    expect(error).toMatchObject({ retryable: false, remedy: 'No such code.' })
    expect(isAuthError(error)).toBe(false)
  })
})

describe('isAuthError', () => {
  const error = new AuthError('offline', { phase: 'source' })

  it('knows an AuthError, with or without codes', () => {
    expect(isAuthError(error)).toBe(true)
    expect(isAuthError(error, 'offline')).toBe(true)
    expect(isAuthError(error, 'throttled', 'offline')).toBe(true)
    expect(isAuthError(error, 'throttled')).toBe(false)
  })

  it('knows one of another copy of twodoor', () => {
    expect(isAuthError({ name: 'AuthError', code: 'offline', message: '' }, 'offline')).toBe(true)
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'AuthError'],
    ['a number', 1],
    ['a plain error', new Error('offline')],
    ['an error of MSAL, whose name is the same', new MsalAuthError('offline', 'c')],
    ['an error of Node', Object.assign(new Error('x'), { code: 'ENOENT' })],
    ['another name', { name: 'DOMException', code: 'offline' }],
    ['an unknown code', { name: 'AuthError', code: 'brand_new' }],
    ['the name of a member of every object', { name: 'AuthError', code: 'constructor' }],
    ['a code that is no text', { name: 'AuthError', code: ['offline'] }],
  ])('does not take %s for one', (_, value) => {
    expect(isAuthError(value)).toBe(false)
  })
})
