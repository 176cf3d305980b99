import { encode, finished, lastingParts, otherTenantId, signed, token } from './make.js'
import type { TokenCase } from './token-case.js'

const [header, claims, signature] = lastingParts()
const whole = `${header}.${claims}.${signature}`

/** Another spelling of the same bytes: the last letter has bits that none of them needs. */
function respelled(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(part.at(-1) ?? '')
  return part.slice(0, -1) + alphabet[last + 1]
}

/** With so much space after it that its last letter has bits to spare. */
function loose(text: string): string {
  return encode(text + ' '.repeat((4 - (Buffer.byteLength(text) % 3)) % 3))
}

const looseHeader = loose(JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: 'key-1' }))
const looseClaims = loose(Buffer.from(claims, 'base64url').toString())

function withSignature(text: string): string {
  return `${text}.${signed(text)}`
}

const malformed: readonly (readonly [sentence: string, value: unknown])[] = [
  ['a number', 42],
  ['true', true],
  ['an object', { token: whole }],
  ['a list with the token in it', [whole]],
  ['a word', 'garbage'],
  ['two parts', `${header}.${claims}`],
  ['three parts without a signature, as of `alg: none`', `${header}.${claims}.`],
  ['a token without a header', `.${claims}.${signature}`],
  ['a token without claims', `${header}..${signature}`],
  ['two dots', '..'],
  ['four parts', `${whole}.${signature}`],
  ['five parts, as an encrypted token (JWE) has', `${encode('{"alg":"RSA-OAEP","enc":"A256GCM"}')}.a.b.c.d`],
  [
    'an encrypted token (JWE) with its claims signed inside',
    `${encode('{"alg":"dir","enc":"A128GCM","cty":"JWT"}')}..a.b.c`,
  ],
  ['the JSON serialization of a signed token', JSON.stringify({ protected: header, payload: claims, signature })],
  ['the token and the word Bearer', `Bearer ${whole}`],
  ['the token and a space before it', ` ${whole}`],
  ['the token and a space after it', `${whole} `],
  ['the token and a line break after it', `${whole}\n`],
  ['the token and a null character after it', `${whole}\u0000`],
  ['the token with a line break in it', `${header}.\n${claims}.${signature}`],
  ['two tokens with a space between', `${whole} ${whole}`],
  ['two tokens with a comma between', `${whole},${whole}`],
  ['the token in quotes', `"${whole}"`],
  ['the token with padding at its end', `${whole}==`],
  ['the header with padding', `${encode('{"alg":"RS256","typ":"JWT","kid":"key-1"} ')}==.${claims}.${signature}`],
  [
    'base64 with + and / in place of base64url',
    `${header}.${claims}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+/`,
  ],
  ['a dot of another script', `${header}\uff0e${claims}\uff0e${signature}`],
  ['a letter of another script in the signature', `${header}.${claims}.${signature.slice(0, -1)}\u0410`],
  ['a header whose length no base64url has', withSignature(`${'A'.repeat(5)}.${claims}`)],
  ['a signature whose length no base64url has', `${header}.${claims}.${'A'.repeat(341)}`],
  ['the signature spelled in another way', `${header}.${claims}.${respelled(signature)}`],
  ['the header spelled in another way, and signed so', withSignature(`${respelled(looseHeader)}.${claims}`)],
  ['the claims spelled in another way, and signed so', withSignature(`${header}.${respelled(looseClaims)}`)],
]

/** The form of the text, and its base64url. */
export const form: readonly TokenCase[] = [
  { sentence: 'version 2.0, as Entra ID issues it', token: token(), expected: 'accepted' },
  { sentence: 'no token', token: finished(null), expected: 'token_missing' },
  { sentence: 'an empty text', token: finished(''), expected: 'token_missing' },
  ...malformed.map(([sentence, value]) => ({ sentence, token: finished(value), expected: 'token_malformed' as const })),
  {
    sentence: 'the header and claims with spaces after them, spelled as base64url is',
    token: finished(withSignature(`${looseHeader}.${looseClaims}`)),
    expected: 'accepted',
  },
  { sentence: 'a token of 16,384 characters', token: ofLength(16_384), expected: 'accepted' },
  { sentence: 'a token of 16,385 characters', token: ofLength(16_385), expected: 'token_malformed' },
  { sentence: 'a token of 100,000 characters', token: ofLength(100_000), expected: 'token_malformed' },
  {
    sentence: 'too long, and of another tenant: the length comes first',
    token: token({ claims: { tid: otherTenantId, pad: '<x*20000>' } }),
    expected: 'token_malformed',
  },
]

/** Found by trying: of three paddings in a row one gives each length that base64url has, and the header gives the others. */
function ofLength(length: number) {
  const most = Math.floor((length * 3) / 4)
  for (let inHeader = 0; inHeader < 3; inHeader++) {
    for (let inClaims = most - 1_000; inClaims < most; inClaims++) {
      const made = token({ header: { pad: `<x*${inHeader}>` }, claims: { pad: `<x*${inClaims}>` } })
      if (lengthOf(made.recipe.header) + lengthOf(made.recipe.claims) + 2 + 342 === length) return made
    }
  }
  throw new Error(`No token has ${length} characters.`)
}

function lengthOf(text: string): number {
  const filled = text.replace(/<x\*(\d+)>/g, (_, count) => 'x'.repeat(Number(count)))
  return encode(filled.replace(/"<now\+\d+>"/g, '1234567890')).length
}
