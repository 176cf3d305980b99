// @vitest-environment node
// Whoever has the secret can seal what this half never would. It is no session all the same.

import { hkdfSync } from 'node:crypto'
import { EncryptJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createSeal, purposeOf } from '../../../../src/server/session/seal.js'

const NOW = 1_900_000_000_000
const secret = new TextEncoder().encode('a secret of these tests that is long enough')
const purpose = purposeOf('__Host-session', undefined)
const seal = createSeal([secret], purpose, () => NOW)
const bytes = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `twodoor session 2 ${purpose}`, 32))
const good = { key: 'entra:a:b', tid: 'a', oid: 'b', scp: 'read write', exp: NOW / 1000 + 60 }

const sealed = (changes: object, header = { alg: 'dir', enc: 'A256GCM' }, key = bytes) =>
  new EncryptJWT({ ...good, ...changes }).setProtectedHeader(header).encrypt(key)

it('a session is an encrypted JWT under a key of the secret and the purpose', async () => {
  const session = { key: 'entra:a:b', tenantId: 'a', objectId: 'b', scopes: ['read', 'write'], expiresAt: NOW + 60_000 }
  expect(await seal.open(await sealed({}))).toEqual(session)
  expect(await seal.open(await seal.close({ ...session, key: 'entra:a:b' }))).toEqual(session)
})

describe('no session is what has been sealed', () => {
  it.each<[string, object]>([
    ['without a key', { key: undefined }],
    ['with an empty key', { key: '' }],
    ['without a tenant', { tid: undefined }],
    ['with a tenant that is a number', { tid: 7 }],
    ['without an object', { oid: undefined }],
    ['with a blank object', { oid: ' ' }],
    ['without scopes', { scp: undefined }],
    ['with scopes that are a list', { scp: ['read'] }],
    ['without an end', { exp: undefined }],
    ['with an end that has come', { exp: NOW / 1000 }],
  ])('%s', async (_what, changes) => {
    expect(await seal.open(await sealed(changes))).toBeUndefined()
  })

  it.each([
    ['with its key wrapped', { alg: 'A256KW', enc: 'A256GCM' }, bytes],
    ['with its key wrapped in another way', { alg: 'A256GCMKW', enc: 'A256GCM' }, bytes],
    ['with another encryption', { alg: 'dir', enc: 'A128GCM' }, bytes.slice(0, 16)],
    ['with another one of the same length', { alg: 'dir', enc: 'A128CBC-HS256' }, bytes],
  ])('%s', async (_what, header, key) => {
    expect(await seal.open(await sealed({}, header, key))).toBeUndefined()
  })
})
