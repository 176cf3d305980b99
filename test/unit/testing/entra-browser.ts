// A browser without a screen: cookies, PKCE and the form posts of the emulator's pages.

import { createHash, randomBytes } from 'node:crypto'
import type { EntraEmulator } from '../../../src/testing/entra/entra.js'

export const REDIRECT_URI = 'http://localhost:4000/'
export const ORIGIN = 'http://localhost:4000'

export interface Tokens {
  access_token: string
  id_token: string
  refresh_token: string
  refresh_token_expires_in: number
  expires_in: number
  scope: string
  client_info: string
  refresh_in?: number
}

export interface TokenAnswer extends Tokens {
  error?: string
  error_description?: string
  error_codes?: number[]
  error_uri?: string
  suberror?: string
  claims?: string
  correlation_id?: string
}

export interface Landing {
  readonly status: number
  readonly html: string
  /** What came back to the app. */
  readonly fields: Record<string, string>
  readonly location: string
  readonly response: Response
}

/** One browser with one app. `authority` is the first path segment. */
export function openBrowser(emulator: EntraEmulator, authority = emulator.tenant) {
  const cookies = new Map<string, string>()
  const verifier = randomBytes(32).toString('base64url')
  const base = `${emulator.url}/${authority}/oauth2/v2.0`

  async function send(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie && { cookie }), ...(init.headers as Record<string, string>) }
    const response = await emulator.handle(new Request(new URL(url, emulator.url), { ...init, headers }))
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = line.match(/^([^=]+)=([^;]*)/) ?? []
      cookies.set(name, value)
    }
    return response
  }

  async function land(response: Response): Promise<Landing> {
    const location = response.headers.get('location') ?? ''
    const fields = location ? Object.fromEntries(new URLSearchParams(new URL(location).hash.slice(1))) : {}
    return { status: response.status, html: await response.text(), fields, location, response }
  }

  function query(changes: Record<string, string | undefined> = {}): URLSearchParams {
    const all = {
      client_id: emulator.clientId,
      scope: `${emulator.scopes[0]} openid profile offline_access`,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      response_mode: 'fragment',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state: 'c3RhdGU=|mine & yours',
      nonce: 'the-nonce',
      client_info: '1',
      ...changes,
    }
    return new URLSearchParams(
      Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
  }

  const authorize = async (changes?: Record<string, string | undefined>) =>
    land(await send(`${base}/authorize?${query(changes)}`))

  /** Clicks a button of a page of the emulator. */
  async function click(page: Landing, name: string, value: string): Promise<Landing> {
    const action = decode(page.html.match(/<form method="post" action="([^"]*)"/)?.[1] ?? '')
    const hidden = [...page.html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
    const body = new URLSearchParams(hidden.map(([, key = '', text = '']) => [key, decode(text)]))
    body.set(name, value)
    return land(await send(action, { method: 'POST', body }))
  }

  const pick = (page: Landing, username: string) => click(page, 'emulator_user', username)
  const step = (page: Landing, name: 'accept' | 'approve' | 'cancel') => click(page, 'emulator_step', name)

  async function post(
    parameters: Record<string, string | undefined>,
    headers: Record<string, string> = { origin: ORIGIN },
  ) {
    const all = { client_id: emulator.clientId, ...parameters }
    const body = new URLSearchParams(
      Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
    const response = await send(`${base}/token`, { method: 'POST', body, headers })
    const text = response.type === 'error' ? '{}' : await response.text()
    return { response, body: JSON.parse(text) as TokenAnswer }
  }

  const redeem = (code: string | undefined, changes: Record<string, string | undefined> = {}) =>
    post({
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
      scope: `${emulator.scopes[0]} openid profile offline_access`,
      ...changes,
    })

  const refresh = (refreshToken: string, changes: Record<string, string | undefined> = {}) =>
    post({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      scope: `${emulator.scopes[0]} openid profile offline_access`,
      ...changes,
    })

  /** Signs in all the way. */
  async function signIn(username: string, changes?: Record<string, string | undefined>): Promise<Tokens> {
    const { fields } = await pick(await authorize({ prompt: 'select_account', ...changes }), username)
    return (await redeem(fields['code'])).body
  }

  return { cookies, base, send, authorize, click, pick, step, post, redeem, refresh, signIn, land }
}

function decode(html: string): string {
  return html.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}
