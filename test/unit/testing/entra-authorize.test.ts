// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEntraEmulator, type EntraEmulator } from '../../../src/testing/entra/entra.js'
import { openBrowser, REDIRECT_URI } from './entra-browser.js'

const ADELE = 'adele@contoso.example'
const ALEX = 'alex@contoso.example'

let entra: EntraEmulator
let browser: ReturnType<typeof openBrowser>

beforeEach(async () => {
  entra = await createEntraEmulator({ url: 'http://localhost:4400' })
  browser = openBrowser(entra)
})

afterEach(() => entra.dispose())

describe('the way back to the app', () => {
  it('carries a code, and the state byte for byte, in the fragment', async () => {
    const page = await browser.authorize()
    const { status, fields, location } = await browser.pick(page, ADELE)
    expect(status).toBe(302)
    expect(location.startsWith(`${REDIRECT_URI}#`)).toBe(true)
    expect(fields).toMatchObject({ code: expect.stringContaining('1.code.'), state: 'c3RhdGU=|mine & yours' })
    expect(JSON.parse(atob(fields['client_info'] ?? ''))).toEqual({
      uid: entra.users[0]?.objectId,
      utid: entra.tenant,
    })
  })

  it('carries them in the query, and keeps the query that was there', async () => {
    const redirectUri = `${REDIRECT_URI}?tab=1`
    const page = await browser.authorize({ response_mode: 'query', redirect_uri: redirectUri })
    const { searchParams, hash } = new URL((await browser.pick(page, ADELE)).location)
    expect(searchParams.get('tab')).toBe('1')
    expect(searchParams.get('state')).toBe('c3RhdGU=|mine & yours')
    expect(searchParams.get('code')).toContain('1.code.')
    expect(hash).toBe('')
  })

  it('carries them in a form post, with the state escaped', async () => {
    const page = await browser.authorize({ response_mode: 'form_post', state: '"><script>alert(1)</script>' })
    const { status, html } = await browser.pick(page, ADELE)
    expect(status).toBe(200)
    expect(html).toContain(`action="${REDIRECT_URI}"`)
    expect(html).not.toContain('<script>alert')
  })

  it('names the number of an error in `error_uri`, where MSAL reads it', async () => {
    const { fields } = await browser.authorize({ prompt: 'none' })
    expect(fields).toMatchObject({ error: 'login_required', state: 'c3RhdGU=|mine & yours' })
    expect(fields['error_uri']).toMatch(/code=50058$/)
    expect(fields['error_description']).toMatch(/^AADSTS50058: .+ Trace ID: .+ Correlation ID: .+ Timestamp: .+Z$/)
  })
})

describe('requests that are wrong', () => {
  it.each([
    ['another client', { client_id: crypto.randomUUID() }, 'AADSTS700016'],
    ['no client', { client_id: undefined }, 'AADSTS900144'],
    ['no redirect URI', { redirect_uri: undefined }, 'AADSTS900144'],
    ['a redirect URI of somebody else', { redirect_uri: 'https://evil.example/' }, 'AADSTS50011'],
    ['a name that only looks like loopback', { redirect_uri: 'http://localhost.evil.example/' }, 'AADSTS50011'],
    ['a script as redirect URI', { redirect_uri: 'javascript:alert(1)' }, 'AADSTS50011'],
    ['a password in the redirect URI', { redirect_uri: 'http://a:b@localhost:4000/' }, 'AADSTS50011'],
  ])('shows a page and sends nobody anywhere for %s', async (_name, changes, code) => {
    const { status, html, location } = await browser.authorize(changes)
    expect([status, location]).toEqual([400, ''])
    expect(html).toContain(code)
  })

  it('does not let markup through on the error page', async () => {
    const { html } = await browser.authorize({ client_id: '<img src=x onerror=alert(1)>' })
    expect(html).not.toContain('<img')
  })

  it.each([
    ['an implicit response type', { response_type: 'token' }, 700054],
    ['no PKCE challenge', { code_challenge: undefined }, 9002325],
    ['a plain PKCE challenge', { code_challenge_method: 'plain' }, 9002325],
    ['no scope', { scope: undefined }, 900144],
    ['an unknown prompt', { prompt: 'maybe' }, 90023],
    ['claims that are no JSON', { claims: '{' }, 9000410],
    ['claims that are no object', { claims: '[]' }, 9000410],
    ['an API that nobody knows', { scope: 'api://other.example/read' }, 500011],
    [
      'a scope that the API does not offer',
      { scope: 'api://app.example/c1111111-2222-4333-8444-555555555555/all' },
      65005,
    ],
  ])('tells the app about %s', async (_name, changes, code) => {
    const { status, fields } = await browser.authorize(changes)
    expect(status).toBe(302)
    expect(fields['error_uri']).toMatch(new RegExp(`code=${code}$`))
  })

  it('compares a list of redirect URIs exactly', async () => {
    const strict = await createEntraEmulator({ redirectUris: ['https://app.example/'] })
    const { authorize } = openBrowser(strict)
    expect((await authorize({ redirect_uri: 'https://app.example/' })).status).toBe(200)
    expect((await authorize({ redirect_uri: 'https://app.example/other' })).html).toContain('AADSTS50011')
    expect((await authorize({ redirect_uri: 'http://localhost:4000/' })).html).toContain('AADSTS50011')
  })

  it.each(['99999999-2222-4333-8444-555555555555', 'evil.example', 'consumers'])(
    'knows no tenant %s',
    async (authority) => {
      const { status, html } = await openBrowser(entra, authority).authorize()
      expect(status).toBe(400)
      expect(html).toContain('AADSTS90002')
    },
  )

  it('takes the tenant by its domain too', async () => {
    expect((await openBrowser(entra, 'Contoso.Example').authorize()).html).toContain('Pick an account')
  })
})

describe('who is signed in', () => {
  const silent = async (changes = {}) => (await browser.authorize({ prompt: 'none', ...changes })).fields
  const numberOf = (fields: Record<string, string>) => Number(fields['error_uri']?.split('code=')[1])

  it('is remembered, so that the next request needs no page', async () => {
    await browser.signIn(ADELE)
    expect((await browser.authorize()).fields['code']).toBeTruthy()
    expect((await silent())['code']).toBeTruthy()
  })

  it('is asked again with select_account and login', async () => {
    await browser.signIn(ADELE)
    expect((await browser.authorize({ prompt: 'select_account' })).html).toContain('Pick an account')
    expect((await browser.authorize({ prompt: 'login' })).html).toContain('signed in')
  })

  it('is nobody in another browser', async () => {
    await browser.signIn(ADELE)
    expect((await openBrowser(entra).authorize({ prompt: 'none' })).fields['error']).toBe('login_required')
  })

  it('is ambiguous with two users, unless the request names one', async () => {
    await browser.signIn(ADELE)
    const second = await browser.signIn(ALEX)
    expect(numberOf(await silent())).toBe(16000)
    const { code } = await silent({ login_hint: 'Alex@Contoso.Example' })
    const { body } = await browser.redeem(code)
    expect(body.client_info).toBe(second.client_info)
    const claims = JSON.parse(atob(second.id_token.split('.')[1] ?? '')) as { sid: string; login_hint: string }
    expect((await silent({ sid: claims.sid }))['code']).toBeTruthy()
    expect((await silent({ login_hint: claims.login_hint }))['code']).toBeTruthy()
    expect((await browser.authorize()).html).toContain('Pick an account')
  })

  it.each([{ login_hint: ALEX }, { sid: 'another' }])('is not somebody else for %o', async (changes) => {
    await browser.signIn(ADELE)
    expect(numberOf(await silent(changes))).toBe(50058)
  })

  it('puts the account that is hinted at first', async () => {
    const { html } = await browser.authorize({ login_hint: ALEX })
    expect(html.indexOf('data-user="alex')).toBeLessThan(html.indexOf('data-user="adele'))
  })

  it('cannot be chosen by the URL alone', async () => {
    const { html } = await browser.authorize({ emulator_user: ADELE })
    expect(html).toContain('Pick an account')
  })

  it('never shows a page with prompt=none, whatever is posted', async () => {
    const page = await browser.authorize()
    const forged = { ...page, html: page.html.replace('authorize?', 'authorize?prompt=none&#38;') }
    expect((await browser.pick(forged, ADELE)).fields['error']).toBe('login_required')
  })

  it('is kept in a cookie that holds only a name, fit for http', async () => {
    const page = await browser.authorize()
    const { response } = await browser.pick(page, ADELE)
    expect(response.headers.get('set-cookie')).toMatch(/^ESTSAUTH-4400=[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it('is kept in a cookie that works across sites with https', async () => {
    const secure = openBrowser(await createEntraEmulator())
    const { response } = await secure.pick(await secure.authorize(), ADELE)
    expect(response.headers.get('set-cookie')).toMatch(/^ESTSAUTH=[\w-]+; Path=\/; HttpOnly; SameSite=None; Secure$/)
  })

  it('does not begin a session under a name that the browser brings along', async () => {
    browser.cookies.set('ESTSAUTH-4400', 'planted')
    await browser.signIn(ADELE)
    expect(browser.cookies.get('ESTSAUTH-4400')).not.toBe('planted')
  })

  it('is nobody after signOutEverywhere', async () => {
    await browser.signIn(ADELE)
    entra.signOutEverywhere()
    expect((await silent())['error']).toBe('login_required')
  })

  it('is a revoked user no longer', async () => {
    await browser.signIn(ADELE)
    entra.revoke(ADELE)
    const fields = await silent()
    expect([fields['error'], numberOf(fields)]).toEqual(['interaction_required', 50173])
    expect((await browser.authorize()).html).toContain('Pick an account')
    await browser.signIn(ADELE)
    expect((await silent())['code']).toBeTruthy()
  })
})

describe('consent', () => {
  it('is refused silently and asked for on a page', async () => {
    await browser.signIn(ADELE)
    entra.requireConsent(ADELE)
    expect((await browser.authorize({ prompt: 'none' })).fields).toMatchObject({
      error: 'interaction_required',
      suberror: 'consent_required',
    })
    const page = await browser.authorize()
    expect(page.html).toContain('Permissions requested')
    expect((await browser.step(page, 'accept')).fields['code']).toBeTruthy()
    expect((await browser.authorize({ prompt: 'none' })).fields['code']).toBeTruthy()
  })

  it('is denied with Cancel', async () => {
    entra.requireConsent()
    const page = await browser.pick(await browser.authorize(), ADELE)
    const { fields } = await browser.step(page, 'cancel')
    expect(fields['error']).toBe('access_denied')
    expect(fields['error_uri']).toMatch(/code=65004$/)
    expect((await browser.authorize({ prompt: 'none' })).fields['suberror']).toBe('consent_required')
  })

  it('is asked of one user and not of another', async () => {
    entra.requireConsent(ADELE)
    expect((await browser.pick(await browser.authorize(), ALEX)).fields['code']).toBeTruthy()
  })

  it('is asked for every scope that was not accepted yet', async () => {
    entra.requireConsent()
    await browser.step(await browser.pick(await browser.authorize(), ADELE), 'accept')
    expect((await browser.authorize({ scope: 'Mail.Read' })).html).toContain('Mail.Read')
  })

  it('is asked once more with prompt=consent', async () => {
    await browser.signIn(ADELE)
    const page = await browser.authorize({ prompt: 'consent' })
    expect(page.html).toContain('Permissions requested')
    expect((await browser.step(page, 'accept')).fields['code']).toBeTruthy()
  })
})

describe('a second factor', () => {
  it('is refused silently and asked for on a page', async () => {
    await browser.signIn(ADELE)
    entra.requireMfa()
    expect((await browser.authorize({ prompt: 'none' })).fields['suberror']).toBe('basic_action')
    const page = await browser.authorize()
    expect(page.html).toContain('Verify your identity')
    expect((await browser.step(page, 'approve')).fields['code']).toBeTruthy()
    expect((await browser.authorize({ prompt: 'none' })).fields['code']).toBeTruthy()
  })

  it('is asked for again when it is required again', async () => {
    entra.requireMfa(ADELE)
    await browser.step(await browser.pick(await browser.authorize(), ADELE), 'approve')
    entra.requireMfa(ADELE)
    expect((await browser.authorize()).html).toContain('Verify your identity')
  })

  it('is asked for by the claims of the request', async () => {
    await browser.signIn(ADELE)
    const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: 'c1' } } })
    const { fields } = await browser.step(await browser.authorize({ claims }), 'approve')
    const { body } = await browser.redeem(fields['code'])
    expect(JSON.parse(atob(body.access_token.split('.')[1] ?? ''))).toMatchObject({ acrs: ['c1'] })
  })
})

describe('sign-out', () => {
  const logout = async (query: Record<string, string>) =>
    browser.land(await browser.send(`${browser.base}/logout?${new URLSearchParams(query)}`))

  it('ends the session and leads back with the state', async () => {
    await browser.signIn(ADELE)
    const { location } = await logout({ post_logout_redirect_uri: REDIRECT_URI, state: 'abc' })
    expect(location).toBe(`${REDIRECT_URI}?state=abc`)
    expect((await browser.authorize({ prompt: 'none' })).fields['error']).toBe('login_required')
  })

  it('ends only the sign-in that the hint names', async () => {
    await browser.signIn(ADELE)
    await browser.signIn(ALEX)
    await logout({ logout_hint: ADELE })
    const { fields } = await browser.authorize({ prompt: 'none' })
    const { body } = await browser.redeem(fields['code'])
    expect(JSON.parse(atob(body.id_token.split('.')[1] ?? ''))).toMatchObject({ preferred_username: ALEX })
  })

  it('leads nowhere else', async () => {
    const { status, location } = await logout({ post_logout_redirect_uri: 'https://evil.example/' })
    expect([status, location]).toEqual([200, ''])
  })
})

it('keeps its pages out of frames and apart from their opener', async () => {
  const { headers } = (await browser.authorize()).response
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
})
