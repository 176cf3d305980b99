import { afterEach, beforeEach, expect, it } from 'vitest'
import { createEntraEmulator, type EntraEmulator } from '../../src/testing/entra/entra.js'

// A page can neither send cookies nor an Origin by itself, so the emulator serves that page alone.

let entra: EntraEmulator

beforeEach(async () => {
  entra = await createEntraEmulator()
})

afterEach(() => entra.dispose())

async function authorize(changes: Record<string, string>, form?: Record<string, string>): Promise<Response> {
  const verifier = new TextEncoder().encode('verifier')
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', verifier))
  const query = new URLSearchParams({
    client_id: entra.clientId,
    scope: entra.scopes.join(' '),
    redirect_uri: 'http://localhost:4000/',
    response_type: 'code',
    response_mode: 'query',
    code_challenge_method: 'S256',
    code_challenge: btoa(String.fromCharCode(...digest))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=/g, ''),
    ...changes,
  })
  const url = `${entra.url}/${entra.tenant}/oauth2/v2.0/authorize?${query}`
  return entra.fetch(url, form ? { method: 'POST', body: new URLSearchParams(form) } : {})
}

const answerOf = (response: Response) => new URL(response.headers.get('location') ?? '').searchParams

it('signs a user in within a page, without a network', async () => {
  expect(answerOf(await authorize({ prompt: 'none' })).get('error')).toBe('login_required')
  const code = answerOf(await authorize({}, { emulator_user: 'adele@contoso.example' })).get('code') ?? ''
  const response = await entra.fetch(`${entra.url}/${entra.tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      code_verifier: 'verifier',
      client_id: entra.clientId,
      redirect_uri: 'http://localhost:4000/',
    }),
  })
  expect(await response.json()).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String) })
  expect(answerOf(await authorize({ prompt: 'none' })).get('code')).toBeTruthy()
})

it('drops a connection as fetch does', async () => {
  entra.faults.push({ at: 'keys', drop: true })
  await expect(entra.fetch(`${entra.url}/${entra.tenant}/discovery/v2.0/keys`)).rejects.toThrow('Failed to fetch')
})
