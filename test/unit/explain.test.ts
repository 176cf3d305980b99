import { describe, expect, it } from 'vitest'
import { explain } from '../../src/explain.js'
import type { Host } from '../../src/page/host.js'
import { AuthError } from '../../src/shared/errors.js'
import { unsignedToken } from '../../src/testing/unsigned-token.js'
import { accessToken, adele, tenantId } from './jwt.js'

const host: Host = { kind: 'teams', certain: true, reasons: ['a known host'], name: 'TeamsModern' }
const now = Date.parse('2026-01-01T00:00:00Z')
const token = {
  ...accessToken({ now }),
  token: `${unsignedToken({
    aud: 'api',
    iss: 'https://issuer',
    azp: 'client',
    scp: 'access_as_user',
    tid: tenantId,
    oid: adele,
    exp: 1,
    name: 'Adele Vance',
    preferred_username: 'adele@contoso.com',
    groups: ['g'],
    xms_secret: 'x',
  })}c2lnbmF0dXJl`,
}
const { account } = token
const nothing = { source: undefined, token: undefined, lastError: undefined, now }

describe('explain', () => {
  it('says where the page runs and that nothing is known yet', () => {
    const explanation = explain({ ...nothing, state: { host, status: 'starting' } })
    expect(explanation).toEqual({
      host,
      status: 'starting',
      source: undefined,
      token: undefined,
      lastError: undefined,
    })
  })

  it('says how old the token is, what it is for and what a server will check', () => {
    const facts = { ...nothing, source: 'teams-sso' as const, now: now + 60_000 }
    const explanation = explain({
      ...facts,
      state: { host, status: 'signed-in', account },
      token: { token, receivedAt: now },
    })
    expect(explanation).toMatchObject({ status: 'signed-in', source: 'teams-sso' })
    expect(explanation.token).toEqual({
      scopes: token.scopes,
      ageMs: 60_000,
      expiresInMs: 3_600_000 - 60_000,
      claims: {
        aud: 'api',
        iss: 'https://issuer',
        azp: 'client',
        scp: 'access_as_user',
        tid: tenantId,
        oid: adele,
        exp: 1,
      },
    })
  })

  it('never holds the token, a part of it, or what names the user', () => {
    const text = JSON.stringify(
      explain({
        ...nothing,
        state: { host, status: 'signed-in', account },
        source: 'redirect',
        token: { token, receivedAt: now },
        lastError: new AuthError('unavailable', { phase: 'renewal', cause: new Error(token.token), claims: '{"a":1}' }),
      }),
    )
    for (const part of token.token.split('.')) expect(text).not.toContain(part)
    expect(text).not.toMatch(/Adele|adele@|groups|xms_secret/)
  })

  it('works with a token that cannot be read', () => {
    const opaque = { ...token, token: 'EwB4A8l6BAAU' }
    const state = { host, status: 'signed-in', account } as const
    expect(explain({ ...nothing, state, token: { token: opaque, receivedAt: now } }).token?.claims).toEqual({})
  })

  it('gives the number of Entra ID', () => {
    const lastError = new AuthError('config_invalid', { phase: 'source', aadsts: 700016, cause: new Error('x') })
    const state = { host, status: 'failed', error: lastError } as const
    expect(explain({ ...nothing, lastError, state }).lastError).toMatchObject({ aadsts: 700016 })
  })

  it('gives the last error and what to do about it', () => {
    const lastError = new AuthError('host_refused', { phase: 'host', cause: new Error('resourceDisabled') })
    const { lastError: explained } = explain({
      ...nothing,
      lastError,
      state: { host, status: 'failed', error: lastError },
    })
    const { code, phase, message, remedy, retryable } = lastError
    expect(explained).toEqual({ code, phase, message, remedy, retryable })
    expect(explained).not.toBe(lastError)
  })
})
