import { describe, expect, it, vi } from 'vitest'
import type { AuthState } from '../../../../src/account/state.js'
import { framedError, logTextOf, type PanelActions, panelContentOf } from '../../../../src/chainlit/ui/failure-texts.js'
import { english } from '../../../../src/chainlit/ui/texts/english.js'
import { AuthError, type AuthErrorCode } from '../../../../src/shared/errors.js'

const codes: AuthErrorCode[] = [
  ...(['unsupported', 'framed', 'host_timeout', 'host_refused', 'sign_in_required', 'consent_required'] as const),
  ...(['cancelled', 'denied', 'offline', 'unavailable', 'throttled', 'timed_out', 'account_mismatch'] as const),
  ...(['token_rejected', 'session_refused', 'config_invalid'] as const),
]
/** Nothing is wrong with the app. */
const silent: AuthErrorCode[] = ['sign_in_required', 'cancelled', 'consent_required', 'account_mismatch']
const host = { kind: 'teams', certain: true, reasons: [] } as const
const actions = () =>
  ({
    signIn: vi.fn(),
    switchAccount: vi.fn(),
    tryAgain: vi.fn(),
    reload: vi.fn(),
    pageUrl: 'https://chat.contoso.example/thread/1',
    adminConsentUrl: 'https://login.microsoftonline.com/contoso.com/adminconsent?client_id=1',
  }) satisfies PanelActions

describe('what a person is told', () => {
  it.each(codes)('of %s is words for a person, with something to do', (code) => {
    const { title, text, button, link } = panelContentOf(
      english,
      new AuthError(code, { phase: 'session' }),
      undefined,
      actions(),
    )
    expect(title).toMatch(/^[A-Z]/)
    expect(text).toMatch(/^[A-Z].*\.$/)
    expect(`${title} ${text}`).not.toMatch(new RegExp(`\\b${code}\\b.*:|_|signIn\\(\\)|undefined`))
    expect(button ?? link).toBeDefined()
  })

  it.each(codes)('of %s holds none of the words for developers, which the console gets', (code) => {
    if (silent.includes(code)) return
    const message = '`data-scope` is set wrong: AADSTS650053 for api://chat.'
    const error = new AuthError(code, { phase: 'source', message, remedy: 'Correct `data-scope` in config.toml.' })
    const { title, text } = panelContentOf(english, error, undefined, actions())
    expect(`${title} ${text}`).not.toMatch(/data-|api:|config\.toml|`/)
    expect(text).toContain(code === 'framed' ? '.' : '(AADSTS650053)')
    expect(logTextOf(error)).toBe(`twodoor: ${message} Correct \`data-scope\` in config.toml.`)
  })

  it.each(codes)('of %s is for the console only where something is wrong', (code) => {
    const complaint = logTextOf(new AuthError(code, { phase: 'session' }))
    if (silent.includes(code)) expect(complaint).toBeUndefined()
    else expect(complaint).toMatch(new RegExp(`^twodoor: ${code}: [A-Z].*\\.$`))
  })

  it.each([
    ['TeamsModern', 'This browser does not keep the sign-in inside Teams.'],
    [undefined, 'This browser does not keep the sign-in inside Teams.'],
    ['OutlookWin32', 'This browser does not keep the sign-in inside Outlook.'],
  ])('of a cookie that is refused in %s is where that is so', (name, words) => {
    const message = 'The session cookie did not come back: here it needs `Secure; SameSite=None; Partitioned`.'
    const error = new AuthError('session_refused', { phase: 'session', message })
    const state: AuthState = { host: { ...host, ...(name && { name }) }, status: 'starting' }
    const { text, link } = panelContentOf(english, error, state, actions())
    expect([text, link?.label]).toEqual([words, 'Open in browser'])
    const browser: AuthState = { host: { ...host, kind: 'browser' }, status: 'starting' }
    expect(panelContentOf(english, error, browser, actions()).text).toBe('This browser does not keep the sign-in.')
  })

  it.each([true, false])('is to reload where that mends it, which the button does: retryable %s', (retryable) => {
    const given = actions()
    const remedy = 'Reload the page: there is a new version of the app.'
    const error = new AuthError('unavailable', { phase: 'source', remedy, retryable })
    const { text, button } = panelContentOf(english, error, undefined, given)
    expect([text, button?.label]).toEqual(['Reload the page.', 'Reload'])
    button?.press()
    expect(given.reload).toHaveBeenCalledTimes(1)
  })

  it.each(codes)('of %s names what the button does', (code) => {
    const { text, button } = panelContentOf(english, new AuthError(code, { phase: 'source' }), undefined, actions())
    if (/reload/i.test(text)) expect(button?.label).toBe('Reload')
    if (/try again/i.test(text)) expect(button?.label).toBe('Try again')
  })

  it('is a sign-in, which the button does', () => {
    for (const code of ['sign_in_required', 'cancelled'] as const) {
      const given = actions()
      const { button, title } = panelContentOf(english, new AuthError(code, { phase: 'source' }), undefined, given)
      expect([title, button?.label]).toEqual(['Sign in', 'Sign in'])
      button?.press()
      expect(given.signIn).toHaveBeenCalledTimes(1)
    }
  })

  it('is that they have signed out, if they have', () => {
    const state: AuthState = { host, status: 'signed-out', reason: 'by-user' }
    const { title } = panelContentOf(english, new AuthError('sign_in_required', { phase: 'source' }), state, actions())
    expect(title).toBe('You are signed out')
  })

  it('is a question for their permission', () => {
    const given = actions()
    const { button } = panelContentOf(english, new AuthError('consent_required', { phase: 'source' }), undefined, given)
    expect(button?.label).toBe('Continue')
    button?.press()
    expect(given.signIn).toHaveBeenCalledTimes(1)
  })

  it('is the way out of a foreign frame, and nothing that begins a sign-in there', () => {
    const { button, link } = panelContentOf(english, new AuthError('framed', { phase: 'host' }), undefined, actions())
    expect(button).toBeUndefined()
    expect(link?.href).toBe('https://chat.contoso.example/thread/1')
  })

  it('is whom to ask where access was denied', () => {
    const given = actions()
    const { button, link } = panelContentOf(english, new AuthError('denied', { phase: 'source' }), undefined, given)
    expect(link?.href).toBe(given.adminConsentUrl)
    button?.press()
    expect(given.tryAgain).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['browser', 'Use another account', 'switchAccount'],
    ['teams', 'Try again', 'tryAgain'],
  ] as const)('is, where the server does not let them in, who can change that: %s', (kind, label, pressed) => {
    const given = actions()
    const state: AuthState = { host: { ...host, kind }, status: 'starting' }
    const { title, button, link } = panelContentOf(english, new AuthError('denied', { phase: 'session' }), state, given)
    expect([title, button?.label, link]).toEqual(['You have no access to this app', label, undefined])
    button?.press()
    expect(given[pressed]).toHaveBeenCalledTimes(1)
  })

  it('is that the account has changed, and a new beginning', () => {
    const given = actions()
    panelContentOf(english, new AuthError('account_mismatch', { phase: 'session' }), undefined, given).button?.press()
    expect(given.reload).toHaveBeenCalledTimes(1)
  })
})

it('a host that is asked no more is asked again by a reload', () => {
  const error = (retryable: boolean) => new AuthError('host_timeout', { phase: 'host', retryable })
  expect(panelContentOf(english, error(false), undefined, actions()).button).toMatchObject({ label: 'Reload' })
  expect(panelContentOf(english, error(true), undefined, actions()).button).toMatchObject({ label: 'Try again' })
})

it('a page around the app that is not known is named in the console, with where to name it', () => {
  const reasons = ['the page is framed by https://portal.example, not a known host']
  expect(logTextOf(framedError({ kind: 'framed', certain: true, reasons }))).toMatch(
    /^twodoor: framed: .*https:\/\/portal\.example.*`data-host-origins`/,
  )
})
