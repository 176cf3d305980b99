import { AUTHORITY, keys, otherTenantId, PERSONAL_TENANT, published, secretOf, tenantId, token } from './make.js'
import type { KeyAnswer, TokenCase } from './token-case.js'

const good = published('signing', 'key-1')
const [ofTenant, ofAll, ofOther, ofPersonal] = [tenantId, '{tenantid}', otherTenantId, PERSONAL_TENANT].map(
  (each) => `${AUTHORITY}/${each}/v2.0`,
)

function changed(changes: object): KeyAnswer {
  return keys({ ...good, ...changes })
}

type Row = readonly [sentence: string, keys: KeyAnswer]

const unavailable: readonly Row[] = [
  ['the keys are answered with 500', { status: 500, body: JSON.stringify({ keys: [good] }) }],
  ['the keys are answered with 404', { status: 404, body: '' }],
  ['the keys are answered with 204', { status: 204, body: '' }],
  [
    'the keys are answered with a redirect, which is not followed',
    { status: 302, body: '', location: 'https://evil.example/keys' },
  ],
  ['the keys are a page', { status: 200, body: '<!doctype html><title>Sign in</title>' }],
  ['the keys are an empty text', { status: 200, body: '' }],
  ['the keys are cut off', { status: 200, body: JSON.stringify({ keys: [good] }).slice(0, -5) }],
  ['the keys are an empty object', { status: 200, body: '{}' }],
  ['the keys are a bare list', { status: 200, body: JSON.stringify([good]) }],
  ['the keys are an object in place of a list', { status: 200, body: JSON.stringify({ keys: { 'key-1': good } }) }],
  ['the keys are null', { status: 200, body: 'null' }],
  ['the keys are a text', { status: 200, body: '{"keys":"key-1"}' }],
]

const unusable: readonly Row[] = [
  ['there are no keys', keys()],
  ['the key is for encryption', changed({ use: 'enc' })],
  ['`use` of the key is null', changed({ use: null })],
  ['the key is for RS512', changed({ alg: 'RS512' })],
  ['the key is for PS256', changed({ alg: 'PS256' })],
  ['`alg` of the key is null', changed({ alg: null })],
  ['the key may only encrypt (`key_ops`)', changed({ key_ops: ['encrypt'] })],
  ['the key has no `kty`', changed({ kty: undefined })],
  ['the key is of an elliptic curve', keys({ kty: 'EC', crv: 'P-256', kid: 'key-1', x: 'AAAA', y: 'AAAA' })],
  ['the key is a secret', keys({ kty: 'oct', kid: 'key-1', k: good['n'] })],
  ['the key has no `n`', changed({ n: undefined })],
  ['the key has no `e`', changed({ e: undefined })],
  ['`n` of the key is no base64url', changed({ n: '***' })],
  ['`n` of the key is a number', changed({ n: 5 })],
  ['the key has no `kid`', changed({ kid: undefined })],
  ['`kid` of the key is in a list', changed({ kid: ['key-1'] })],
  ['the key is a private one', keys({ ...secretOf('signing'), kid: 'key-1', use: 'sig' })],
  ['the key is of another tenant', changed({ issuer: ofOther })],
  ['`issuer` of the key is null', changed({ issuer: null })],
  ['`issuer` of the key is in a list', changed({ issuer: [ofTenant] })],
  ['`issuer` of the key is an object', changed({ issuer: {} })],
  ['the key is an older one of that name', keys(published('stranger', 'key-1'))],
]

const usable: readonly Row[] = [
  ['the key names RS256', changed({ alg: 'RS256' })],
  ['the key has no `use`', changed({ use: undefined })],
  ['the key may verify (`key_ops`)', changed({ key_ops: ['verify'] })],
  ['the key is of this tenant', changed({ issuer: ofTenant })],
  ['the key is of all tenants', changed({ issuer: ofAll })],
  ['the key has members that nobody knows', changed({ x5t: 'x', x5c: ['MIIB'], cloud_instance_name: 'contoso' })],
  ['a key that is broken stands before the right one', keys({ kty: 'RSA', kid: 'key-0', n: '*', e: 'AQAB' }, good)],
  ['what is no key stands beside the right one', keys(null, 1, 'key', [], {}, { kid: {} }, good)],
  [
    'a key whose `issuer` is a list stands before the right one',
    keys(published('next', 'key-2', { issuer: [] }), good),
  ],
  [
    'a key whose `issuer` is an object stands before the right one',
    keys(published('next', 'key-2', { issuer: {} }), good),
  ],
  ['a key whose `use` is an object stands before the right one', keys(published('next', 'key-2', { use: {} }), good)],
]

/** What the authority publishes. One key that cannot be used leaves the others usable. */
export const keyDocuments: readonly TokenCase[] = [
  ...unavailable.map(([sentence, answer]) => ({
    sentence,
    token: token(),
    keys: answer,
    expected: 'keys_unavailable' as const,
  })),
  ...unusable.map(([sentence, answer]) => ({
    sentence,
    token: token(),
    keys: answer,
    expected: 'token_invalid' as const,
  })),
  ...usable.map(([sentence, answer]) => ({ sentence, token: token(), keys: answer, expected: 'accepted' as const })),
  {
    sentence: 'the key has 1,024 bits',
    token: token({ key: 'weak' }),
    keys: keys(published('weak', 'key-1')),
    expected: 'token_invalid',
  },
  {
    sentence: 'any organization: the key signs for personal accounts only',
    token: token(),
    verifier: { tenants: 'any-organization' },
    keys: changed({ issuer: ofPersonal }),
    expected: 'token_invalid',
  },
  {
    sentence: 'any organization: the key signs for all tenants',
    token: token(),
    verifier: { tenants: 'any-organization' },
    keys: changed({ issuer: ofAll }),
    expected: 'accepted',
  },
]
