// @vitest-environment node
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createVerifier, type VerifierOptions } from '../../../../src/server/index.js'
import {
  claimsOf,
  clientId,
  createSigningKey,
  optionsFor,
  otherTenantId,
  publish,
  type SigningKey,
  sign,
  tenantId,
  versionOneClaims,
} from '../authority.js'

interface Table {
  readonly origins: readonly string[]
  readonly rows: readonly { name: string; aud: unknown; named: boolean; anyOrganization: boolean }[]
}

/** The Python half is held to the same: python/tests/tokens. */
const { origins, rows } = JSON.parse(readFileSync('test/audiences.json', 'utf8')) as Table
const otherApp = otherTenantId
const ofOwnHost = `api://app.contoso.com/${clientId}`

let key: SigningKey
beforeAll(async () => {
  key = await createSigningKey('key-1')
})

/** The placeholders in an `aud` of the table, filled in. */
function filled(aud: unknown): unknown {
  const names = { '<id>': clientId, '<ID>': clientId.toUpperCase(), '<other>': otherApp }
  const text = JSON.stringify(aud).replaceAll('<id without hyphens>', clientId.replaceAll('-', ''))
  return JSON.parse(Object.entries(names).reduce((before, [name, id]) => before.replaceAll(name, id), text))
}

/** `taken`, or the code and the reason of the refusal. */
async function verdictOn(aud: unknown, options: Partial<VerifierOptions>, makeClaims = versionOneClaims) {
  const verifier = createVerifier(optionsFor(publish(key).fetch, options))
  return verifier.verify(await sign(key, makeClaims({ aud }))).then(
    () => 'taken',
    ({ code, message }) => `${code}: ${message}`,
  )
}

describe.each([
  ['1.0', versionOneClaims],
  ['2.0', claimsOf],
] as const)('the audience of a version %s token', (_, makeClaims) => {
  it.each(rows)('where tenants are named: $name ($named)', async ({ aud, named }) => {
    const expected = named ? /^taken$/ : /^wrong_audience:/
    expect(await verdictOn(filled(aud), {}, makeClaims)).toMatch(expected)
    expect(await verdictOn(filled(aud), { origins }, makeClaims)).toMatch(expected)
  })

  it.each(rows)('where any organization is let in: $name ($anyOrganization)', async ({ aud, anyOrganization }) => {
    const expected = anyOrganization ? /^taken$/ : /^wrong_audience:/
    expect(await verdictOn(filled(aud), { tenants: 'any-organization', origins }, makeClaims)).toMatch(expected)
  })
})

it('has no host where any organization is let in and no origin is given', async () => {
  const options = { tenants: 'any-organization' } as const
  expect(await verdictOn(ofOwnHost, options)).toMatch(/^wrong_audience:.*`audiences`, or the origin in it in `origins`/)
  expect(await verdictOn(`api://${clientId}`, options)).toBe('taken')
  expect(await verdictOn(clientId, options, claimsOf)).toBe('taken')
})

it('is also one of `audiences`, exactly', async () => {
  for (const tenants of [[tenantId], 'any-organization'] as const) {
    const options = { tenants, audiences: ['https://contoso.com/App', `api://${otherApp}`] }
    expect(await verdictOn('https://contoso.com/App', options)).toBe('taken')
    expect(await verdictOn('https://contoso.com/app', options)).toMatch(/^wrong_audience/)
    expect(await verdictOn(`api://${otherApp}`, options)).toBe('taken')
    expect(await verdictOn(`api://app.contoso.com/${otherApp}`, options)).toMatch(/^wrong_audience/)
    expect(await verdictOn(`api://${clientId}`, options)).toBe('taken')
  }
})

it('is read in no time, however long it is', async () => {
  const verdict = await verdictOn(`api://${'a-'.repeat(5_500)}/${clientId}`, {})
  expect(verdict).toMatch(/^wrong_audience/)
})

it('is refused with what to change', async () => {
  const reason = await verdictOn('api://elsewhere.example', { audiences: ['https://contoso.com/app'] })
  expect(reason).toBe(
    `wrong_audience: \`aud\` is none of ${clientId}, api://${clientId}, api://<any host>/${clientId}, ` +
      'https://contoso.com/app. If your Application ID URI is another one, name it in `audiences`. ' +
      'If not, correct the `scopes` of the page: they are of another API.',
  )
})

it.each([
  ['text', 'https://app.contoso.com'],
  ['nothing', []],
  ['a path', ['https://app.contoso.com/app']],
  ['http', ['http://app.contoso.com']],
  ['a host', ['app.contoso.com']],
  ['a star', ['*']],
  ['a user', ['https://user@app.contoso.com']],
])('its origins are checked: %s', (_, given) => {
  const options = { ...optionsFor(fetch), tenants: 'any-organization', origins: given } as VerifierOptions
  expect(() => createVerifier(options)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
})
