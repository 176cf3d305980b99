import {
  authenticatedWithPublicKey,
  encode,
  finished,
  lastingParts,
  otherTenantId,
  signed,
  signedWithPss,
  token,
} from './make.js'
import type { TokenCase } from './token-case.js'

const [header, claims, signature] = lastingParts()
const text = `${header}.${claims}`
const bytes = Buffer.from(signature, 'base64url')
const [, othersClaims, othersSignature] = lastingParts({ claims: { name: 'Bob' } })

function flipped(at: number): string {
  const changed = Buffer.from(bytes)
  changed[at] = (changed[at] ?? 0) ^ 1
  return encode(changed)
}

/** A header with another algorithm, and the signature that it promises. */
function as(alg: string, signatureOf: (text: string) => string): string {
  const [head] = lastingParts({ header: { alg } })
  return `${head}.${claims}.${signatureOf(`${head}.${claims}`)}`
}

const forged: readonly (readonly [sentence: string, value: string])[] = [
  ['a first byte of the signature that is another one', `${text}.${flipped(0)}`],
  ['a last byte of the signature that is another one', `${text}.${flipped(255)}`],
  ['a signature of zeros', `${text}.${encode(Buffer.alloc(256))}`],
  ['a signature of one byte', `${text}.AA`],
  ['a signature without its last byte', `${text}.${encode(bytes.subarray(0, 255))}`],
  ['a signature with a zero before it', `${text}.${encode(Buffer.concat([Buffer.alloc(1), bytes]))}`],
  ['a signature with a zero after it', `${text}.${encode(Buffer.concat([bytes, Buffer.alloc(1)]))}`],
  ['the signature of another token', `${text}.${othersSignature}`],
  ['the claims of another token', `${header}.${othersClaims}.${signature}`],
  ['another header than was signed', `${encode('{"alg":"RS256","kid":"key-1"}')}.${claims}.${signature}`],
  ['a signature of the claims alone', `${text}.${signed(claims)}`],
  ['a signature with SHA-384 that is called RS256', `${text}.${signed(text, 'signing', 'sha384')}`],
  ['a signature with SHA-512 that is called RS256', `${text}.${signed(text, 'signing', 'sha512')}`],
  ['a signature with SHA-1 that is called RS256', `${text}.${signed(text, 'signing', 'sha1')}`],
  ['a PSS signature that is called RS256', `${text}.${signedWithPss(text)}`],
  ['an HMAC with the public key that is called RS256', `${text}.${authenticatedWithPublicKey(text)}`],
  ['RS384, with the right signature of that kind', as('RS384', (each) => signed(each, 'signing', 'sha384'))],
  ['RS512, with the right signature of that kind', as('RS512', (each) => signed(each, 'signing', 'sha512'))],
  ['PS256, with the right signature of that kind', as('PS256', signedWithPss)],
  ['HS256, with the public key for its secret', as('HS256', authenticatedWithPublicKey)],
  ['`alg` none, with the right RS256 signature', as('none', signed)],
  ['the signature in hexadecimal', `${text}.${bytes.toString('hex')}`],
]

/** Who has signed it, and how. */
export const signatures: readonly TokenCase[] = [
  {
    sentence: 'signed by the second key of the authority',
    token: token({ header: { kid: 'key-2' }, key: 'next' }),
    expected: 'accepted',
  },
  {
    sentence: 'signed by somebody else under the name of a key of the authority',
    token: token({ key: 'stranger' }),
    expected: 'token_invalid',
  },
  {
    sentence: 'signed by the second key under the name of the first',
    token: token({ key: 'next' }),
    expected: 'token_invalid',
  },
  {
    sentence: 'signed by the first key under the name of the second',
    token: token({ header: { kid: 'key-2' } }),
    expected: 'token_invalid',
  },
  ...forged.map(([sentence, value]) => ({ sentence, token: finished(value), expected: 'token_invalid' as const })),
  {
    sentence: 'signed by somebody else, and of another tenant: the tenant comes first, before anything is fetched',
    token: token({ key: 'stranger', claims: { tid: otherTenantId } }),
    expected: 'wrong_tenant',
  },
  {
    sentence: 'signed by somebody else, and expired: nobody learns more about a forged token',
    token: token({ key: 'stranger', claims: { exp: '<now-3600>' } }),
    expected: 'token_invalid',
  },
  {
    sentence: 'signed by somebody else, and for another audience',
    token: token({ key: 'stranger', claims: { aud: 'https://graph.microsoft.com' } }),
    expected: 'token_invalid',
  },
]
