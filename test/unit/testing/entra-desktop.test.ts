// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEntraEmulator, type EntraEmulator } from '../../../src/testing/entra/entra.js'
import { ORIGIN, openBrowser } from './entra-browser.js'

const ADELE = 'adele@contoso.example'
const LISTENER = 'http://localhost:51234'

let entra: EntraEmulator
let browser: ReturnType<typeof openBrowser>
let time: number

beforeEach(async () => {
  time = Date.UTC(2026, 0, 1)
  const publicClient = { redirectUris: ['http://localhost', 'https://app.example/native'] }
  const web = { redirectUris: ['http://localhost:4000/web'], clientSecret: 'the-secret' }
  entra = await createEntraEmulator({ url: 'http://localhost:4400', now: () => time, web, publicClient })
  browser = openBrowser(entra)
})

afterEach(() => entra.dispose())

async function codeFor(redirectUri: string): Promise<string> {
  const asked = { redirect_uri: redirectUri, response_mode: 'query', prompt: 'select_account' }
  const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined }
  const { location } = await browser.pick(await browser.authorize({ ...asked, ...withoutPkce }), ADELE)
  return new URL(location).searchParams.get('code') ?? ''
}

const redeem = (code: string, changes: Record<string, string | undefined> = {}, headers = {}) =>
  browser.post({ grant_type: 'authorization_code', code, redirect_uri: LISTENER, ...changes }, headers)

describe('an app for mobile and desktop', () => {
  it('redeems a code without a secret, without an Origin and without PKCE, at whichever port it listens', async () => {
    const { response, body } = await redeem(await codeFor(LISTENER))
    expect(response.status).toBe(200)
    expect(body).not.toHaveProperty('refresh_token_expires_in')
  })

  it.each([
    ['a secret, which it cannot keep', { client_secret: 'the-secret' }, {}, 401, 700025],
    ['an Origin, as a page has one', {}, { origin: ORIGIN }, 400, 9002326],
    ['another port than before', { redirect_uri: 'http://localhost:51235' }, {}, 400, 500112],
  ])('is refused with %s', async (_name, changes, headers, status, number) => {
    const { response, body } = await redeem(await codeFor(LISTENER), changes, headers)
    expect([response.status, body.error_codes]).toEqual([status, [number]])
  })

  it('renews without a secret, for ever 90 days more', async () => {
    const renew = (refresh_token: string, changes = {}) =>
      browser.post({ grant_type: 'refresh_token', refresh_token, ...changes }, {})
    const { refresh_token } = (await redeem(await codeFor(LISTENER))).body
    time += 89 * 86_400_000
    const renewed = (await renew(refresh_token)).body
    time += 89 * 86_400_000
    expect((await renew(renewed.refresh_token)).response.status).toBe(200)
    expect((await renew(renewed.refresh_token, { client_secret: 'the-secret' })).body.error_codes).toEqual([700025])
  })

  it('is one at its own addresses alone', async () => {
    expect((await browser.authorize({ redirect_uri: 'https://app.example/other' })).status).toBe(400)
    const page = await browser.authorize({ redirect_uri: 'http://localhost/page', code_challenge: undefined })
    expect(page.fields['error_description']).toContain('AADSTS9002325')
  })

  it.each([
    ['no list', { redirectUris: 'http://localhost' }, '`publicClient.redirectUris`'],
    ['a name that does not exist', { redirectUris: [], clientSecret: '' }, '`publicClient.clientSecret`'],
  ])('is refused with options that have %s', async (_name, publicClient, option) => {
    const options = { publicClient } as unknown as Parameters<typeof createEntraEmulator>[0]
    await expect(createEntraEmulator(options)).rejects.toThrow(option)
  })
})
