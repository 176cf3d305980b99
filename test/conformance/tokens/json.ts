import { adele, claims, encode, finished, lastingParts, otherTenantId, signed, token } from './make.js'
import type { TokenCase } from './token-case.js'

const [, lasting, signature] = lastingParts()
const claimsText = JSON.stringify(claims)
const lastingText = Buffer.from(lasting, 'base64url').toString()
const headerText = '{"alg":"RS256","typ":"JWT","kid":"key-1"}'

/** The claims with something before their first member. */
function before(members: string, text = claimsText): string {
  return `{${members},${text.slice(1)}`
}

function ofBytes(headerBytes: Buffer, claimsBytes: Buffer) {
  const text = `${encode(headerBytes)}.${encode(claimsBytes)}`
  return finished(`${text}.${signed(text)}`)
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf])
const LATIN_1 = Buffer.from('{"name":"Ad\xe8le",', 'latin1')
const OVERLONG = Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('",')])
const SURROGATE = Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('",')])

function withFirst(first: Buffer, text: string): Buffer {
  return Buffer.concat([first, Buffer.from(text.slice(1))])
}

const malformedHeaders: readonly (readonly [sentence: string, header: string])[] = [
  ['a header that is a list', '[]'],
  ['a header that is a text', '"RS256"'],
  ['a header that is null', 'null'],
  ['a header that is a number', '256'],
  ['a header that is no JSON', 'alg=RS256'],
  ['a header that is cut off', headerText.slice(0, -1)],
  ['`alg` twice', '{"alg":"none","alg":"RS256","typ":"JWT","kid":"key-1"}'],
  ['`alg` twice, once with an escaped letter', '{"\\u0061lg":"none","alg":"RS256","typ":"JWT","kid":"key-1"}'],
  ['`kid` twice', '{"alg":"RS256","typ":"JWT","kid":"key-2","kid":"key-1"}'],
  ['a member twice in an object in the header', '{"alg":"RS256","typ":"JWT","kid":"key-1","jwk":{"n":1,"n":2}}'],
  ['a header with NaN in it', '{"alg":"RS256","typ":"JWT","kid":"key-1","x":NaN}'],
  ['two headers, one after the other', `${headerText}${headerText}`],
]

const malformedClaims: readonly (readonly [sentence: string, claims: string])[] = [
  ['claims that are a list', '[]'],
  ['claims that are a text', '"claims"'],
  ['claims that are null', 'null'],
  ['claims that are no JSON', 'sub=adele'],
  ['`tid` twice', before(`"tid":"${otherTenantId}"`)],
  ['`oid` twice, with the same value', before(`"oid":"${adele}"`)],
  ['`exp` twice', before('"exp":1')],
  ['`scp` twice, once with escaped letters', before('"\\u0073\\u0063\\u0070":"admin"')],
  ['`__proto__` twice', before('"__proto__":{},"__proto__":{}')],
  ['an empty name twice', before('"":1,"":2')],
  ['a member twice in an object', before('"x":{"a":1,"a":2}')],
  ['a member twice in an object in a list', before('"x":[0,{"a":1,"b":[{"a":1}],"a":2}]')],
  ['a member twice, after a text with a brace and a quote', before('"x":"}\\"{","a":1,"a":2')],
  ['claims with NaN in them', before('"x":NaN')],
  ['claims with Infinity in them', before('"x":Infinity')],
  ['claims with -Infinity in them', before('"x":-Infinity')],
  ['claims with a comma at the end', `${claimsText.slice(0, -1)},}`],
  ['claims with a comment', before('/* admin */"x":1')],
  ['claims in single quotes', claimsText.replaceAll('"', "'")],
  ['claims with a name without quotes', before('x:1')],
  ['claims with a line break inside of a text', before('"x":"a\nb"')],
  ['claims with an escape that JSON has not', before('"x":"\\x41"')],
  ['claims with a number that begins with a zero', before('"x":01')],
  ['claims with a number that begins with a plus', before('"x":+1')],
  ['claims with a hexadecimal number', before('"x":0x10')],
  ['claims with something after them', `${claimsText}{}`],
  ['claims with a space that JSON has not before them', `\u00a0${claimsText}`],
  ['claims of 1,000 lists in one another', before('"x":<[*1000><]*1000>')],
]

const acceptedClaims: readonly (readonly [sentence: string, claims: string])[] = [
  ['claims with spaces and line breaks around them', ` \t\r\n${claimsText}\n `],
  ['names that differ in their case', before(`"TID":"${otherTenantId}","Oid":"x"`)],
  ['a name that is a text elsewhere', before('"x":"oid","y":["oid","oid"]')],
  ['the same name in two objects', before('"x":{"a":1},"y":{"a":1}')],
  ['a claim `__proto__` with another user in it', before(`"__proto__":{"oid":"${adele}","tid":"${otherTenantId}"}`)],
  ['claims that are called as methods of objects', before('"constructor":1,"toString":2,"hasOwnProperty":3')],
  ['a number of 30 digits', before(`"x":${'9'.repeat(30)}`)],
  ['a text of letters of many scripts', before('"x":"\u0410\u05d0\u4e2d\u{1f600}"')],
  ['claims of 20 lists in one another', before('"x":<[*20><]*20>')],
]

/** JSON that can be read in one way only (RFC 7515 §4, RFC 8259). */
export const json: readonly TokenCase[] = [
  ...malformedHeaders.map(([sentence, text]) => ({
    sentence,
    token: token({ header: text }),
    expected: 'token_malformed' as const,
  })),
  ...malformedClaims.map(([sentence, text]) => ({
    sentence,
    token: token({ claims: text }),
    expected: 'token_malformed' as const,
  })),
  ...acceptedClaims.map(([sentence, text]) => ({
    sentence,
    token: token({ claims: text }),
    expected: 'accepted' as const,
  })),
  {
    sentence: 'a header with a byte order mark',
    token: ofBytes(Buffer.concat([BOM, Buffer.from(headerText)]), Buffer.from(lastingText)),
    expected: 'token_malformed',
  },
  {
    sentence: 'claims with a byte order mark',
    token: ofBytes(Buffer.from(headerText), Buffer.concat([BOM, Buffer.from(lastingText)])),
    expected: 'token_malformed',
  },
  {
    sentence: 'claims in Latin-1',
    token: ofBytes(Buffer.from(headerText), withFirst(LATIN_1, lastingText.replace('"name":"Adele Vance",', ''))),
    expected: 'token_malformed',
  },
  {
    sentence: 'claims in UTF-16',
    token: ofBytes(Buffer.from(headerText), Buffer.from(lastingText, 'utf16le')),
    expected: 'token_malformed',
  },
  {
    sentence: 'claims with a slash that is longer than UTF-8 has it',
    token: ofBytes(Buffer.from(headerText), withFirst(OVERLONG, lastingText)),
    expected: 'token_malformed',
  },
  {
    sentence: 'claims with half of a character in UTF-8',
    token: ofBytes(Buffer.from(headerText), withFirst(SURROGATE, lastingText)),
    expected: 'token_malformed',
  },
  {
    sentence: 'only the claim `__proto__` has an `oid`',
    token: token({ claims: before(`"__proto__":{"oid":"${adele}"}`, JSON.stringify({ ...claims, oid: undefined })) }),
    expected: 'token_invalid',
  },
  {
    sentence: 'an empty header',
    token: finished(`${encode('{}')}.${lasting}.${signature}`),
    expected: 'token_invalid',
  },
  { sentence: 'claims of 99 lists in one another', token: nested(99), expected: 'accepted' },
  { sentence: 'claims of 100 lists in one another', token: nested(100), expected: 'token_malformed' },
]

function nested(depth: number) {
  return token({ claims: before(`"x":<[*${depth}><]*${depth}>`) })
}
