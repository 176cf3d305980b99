// @vitest-environment node
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type RefusalCode, type SocketRefusalCode, TokenRefusedError } from '../../../../src/server/index.js'

/** Codes that only sockets have. What becomes of them is in the other tests of this folder. */
const ofSockets = { account_mismatch: false, too_many_requests: true } satisfies Partial<
  Record<SocketRefusalCode, boolean>
>

/** All codes of sockets. TypeScript sees to it that none is missing. */
const codes = Object.keys({
  token_missing: 1,
  token_malformed: 1,
  token_invalid: 1,
  token_expired: 1,
  not_an_access_token: 1,
  wrong_issuer: 1,
  wrong_tenant: 1,
  wrong_audience: 1,
  wrong_client: 1,
  wrong_scope: 1,
  wrong_role: 1,
  keys_unavailable: 1,
  temporarily_unavailable: 1,
} satisfies Record<Exclude<RefusalCode, 'request_malformed' | 'insufficient_claims'>, 1>) as RefusalCode[]

it('docs/socket-protocol.md lists every code, and whether to try again', () => {
  const page = readFileSync('docs/socket-protocol.md', 'utf8')
  const rows = [...page.matchAll(/^\| (`\w+`(?:, `\w+`)*) \| (yes|no) \|/gm)]
  const listed = rows.flatMap(([, names = '', retry]) =>
    [...names.matchAll(/\w+/g)].map(([name]) => [name, retry === 'yes'] as const),
  )
  const expected = codes.map((code) => [code, new TokenRefusedError(code, '').retry] as const)
  expect(Object.fromEntries(listed)).toEqual({ ...Object.fromEntries(expected), ...ofSockets })
})
