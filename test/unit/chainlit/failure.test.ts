import { describe, expect, it, vi } from 'vitest'
import { contentOf, type Ways } from '../../../src/chainlit/failure.js'
import { AuthError, type AuthErrorCode } from '../../../src/errors.js'
import type { AuthState } from '../../../src/state.js'

const codes: AuthErrorCode[] = [
  ...(['unsupported', 'framed', 'host_timeout', 'host_refused', 'sign_in_required', 'consent_required'] as const),
  ...(['cancelled', 'denied', 'offline', 'unavailable', 'throttled', 'timed_out', 'account_mismatch'] as const),
  ...(['token_rejected', 'session_refused', 'config_invalid'] as const),
]
const host = { kind: 'teams', certain: true, reasons: [] } as const
const ways = () =>
  ({
    ...{ signIn: vi.fn(), tryAgain: vi.fn(), reload: vi.fn() },
    here: 'https://chat.contoso.example/thread/1',
    adminConsent: 'https://login.microsoftonline.com/contoso.com/adminconsent?client_id=1',
  }) satisfies Ways

describe('what a person is told', () => {
  it.each(codes)('of %s is words for a person, with something to do', (code) => {
    const { title, text, button, link } = contentOf(new AuthError(code, { phase: 'session' }), undefined, ways())
    expect(title).toMatch(/^[A-Z]/)
    expect(text).toMatch(/^[A-Z].*\.$/)
    expect(`${title} ${text}`).not.toMatch(new RegExp(`\\b${code}\\b.*:|_|signIn\\(\\)|undefined`))
    expect(button ?? link).toBeDefined()
  })

  it.each(codes)('of %s names what is known of it', (code) => {
    if (['sign_in_required', 'cancelled', 'consent_required', 'account_mismatch', 'framed'].includes(code)) return
    const error = new AuthError(code, {
      phase: 'session',
      message: 'The cookie did not come back.',
      remedy: 'Do this.',
    })
    expect(contentOf(error, undefined, ways()).text).toContain('The cookie did not come back.')
  })

  it('is a sign-in, which the button does', () => {
    for (const code of ['sign_in_required', 'cancelled'] as const) {
      const given = ways()
      const { button, title } = contentOf(new AuthError(code, { phase: 'source' }), undefined, given)
      expect([title, button?.label]).toEqual(['Sign in', 'Sign in'])
      button?.press()
      expect(given.signIn).toHaveBeenCalledTimes(1)
    }
  })

  it('is that they have signed out, if they have', () => {
    const state: AuthState = { host, status: 'signed-out', reason: 'chosen' }
    const { title } = contentOf(new AuthError('sign_in_required', { phase: 'source' }), state, ways())
    expect(title).toBe('You are signed out')
  })

  it('is a question for their permission', () => {
    const given = ways()
    const { button } = contentOf(new AuthError('consent_required', { phase: 'source' }), undefined, given)
    expect(button?.label).toBe('Continue')
    button?.press()
    expect(given.signIn).toHaveBeenCalledTimes(1)
  })

  it('is the way out of a foreign frame, and nothing that begins a sign-in there', () => {
    const { button, link } = contentOf(new AuthError('framed', { phase: 'host' }), undefined, ways())
    expect(button).toBeUndefined()
    expect(link?.href).toBe('https://chat.contoso.example/thread/1')
  })

  it('is whom to ask where access was denied', () => {
    const given = ways()
    const { button, link } = contentOf(new AuthError('denied', { phase: 'source' }), undefined, given)
    expect(link?.href).toBe(given.adminConsent)
    button?.press()
    expect(given.tryAgain).toHaveBeenCalledTimes(1)
  })

  it('is that the account has changed, and a new beginning', () => {
    const given = ways()
    contentOf(new AuthError('account_mismatch', { phase: 'session' }), undefined, given).button?.press()
    expect(given.reload).toHaveBeenCalledTimes(1)
  })
})

it('a host that is asked no more is asked again by a reload', () => {
  const error = (retryable: boolean) => new AuthError('host_timeout', { phase: 'host', retryable })
  expect(contentOf(error(false), undefined, ways()).button).toMatchObject({ label: 'Reload' })
  expect(contentOf(error(true), undefined, ways()).button).toMatchObject({ label: 'Try again' })
})
