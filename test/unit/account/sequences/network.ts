// What `fetch` reaches: the token endpoint, the API of the app, and the page itself, which knows the time.

import type { Clock } from './clock.js'
import { CHALLENGE, type Entra, type TokenRequest } from './entra.js'
import type { Page } from './origin.js'

export const AUTHORITY = 'https://login.microsoftonline.com'

export interface Sent {
  readonly token: string
  readonly asker: number
}

export interface NetworkParts {
  readonly entra: Entra
  readonly clock: Clock
  isOnline(): boolean
  /** A token goes to the API. */
  sent(sent: Sent): void
}

const FAILURES: Partial<Record<string, [status: number, body: object]>> = {
  down: [503, { error: 'temporarily_unavailable' }],
  throttled: [429, { error: 'throttled' }],
  expired: [400, { error: 'invalid_grant' }],
  consent: [400, { error: 'invalid_grant', suberror: 'consent_required' }],
}

export function createNetwork({ entra, clock, isOnline, sent }: NetworkParts) {
  /** @param asker - the Auth whose `fetch` it is */
  return (asker: number, page: Page): typeof fetch =>
    async (input, init) => {
      const url = String(input instanceof Request ? input.url : input)
      if (!isOnline() || page.gone) throw new TypeError('Failed to fetch')
      if (url.startsWith(AUTHORITY)) return answerToken(asker, JSON.parse(String(init?.body)), init?.signal)
      const token = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '')
      if (token === undefined)
        return new Response(null, { headers: { date: new Date(clock.trueTime()).toUTCString() } })
      sent({ token, asker })
      await entra.wait(entra.thinkingMs(), init?.signal)
      return answerApi(token)
    }

  async function answerToken(asker: number, request: TokenRequest, signal?: AbortSignal | null): Promise<Response> {
    const { scopes, claims = '' } = request
    return entra.follow(asker, `${scopes} ${claims}`, async () => {
      const { mood } = entra
      const isRefused = mood === 'expired' || mood === 'consent' || !entra.isGrantValid(request.grant)
      if (isRefused) entra.noteRefusal(request.claims)
      const made = isRefused || FAILURES[mood] || mood === 'broken' ? undefined : entra.mint(request)
      await entra.wait(entra.delay(), signal)
      if (!isOnline() || mood === 'broken') throw new TypeError('Failed to fetch')
      if (made) return Response.json({ access_token: made.token, serial: made.serial, expires_at: made.expiresAt })
      const [status, body] = FAILURES[mood] ?? [400, { error: 'invalid_grant' }]
      return Response.json(body, { status })
    })
  }

  function answerApi(token: string): Response {
    const answer = entra.check(token)
    if (answer === 200) return new Response('{}')
    const challenge = `error="insufficient_claims", claims="${btoa(CHALLENGE)}"`
    const header = answer === 'challenge' ? `Bearer ${challenge}` : 'Bearer error="invalid_token"'
    return new Response(null, { status: 401, headers: { 'www-authenticate': header } })
  }
}
