// @vitest-environment node
// What the log says of each refused token, word for word: the reasons are compared with a text that somebody has read.

import { expect, it } from 'vitest'
import { createVerifier, type TokenRefusedError } from '../../../src/server/index.js'
import { tokenFile } from '../../conformance/token-file.js'
import type { NumberedCase } from '../../conformance/tokens/token-case.js'
import { verifyFor } from './half.js'

async function reasonOf(each: NumberedCase): Promise<string> {
  const { status, body } = each.keys ?? tokenFile.keys
  const fetch = async () => new Response(status === 204 ? null : body, { status })
  const verifier = createVerifier({ ...tokenFile.verifier, ...each.verifier, fetch, onRefused: () => {} })
  return verifyFor(each, verifier).then(
    () => '',
    ({ code, message }: TokenRefusedError) => `${code}: ${message}`,
  )
}

it('says why, in these words', async () => {
  const numbers = new Map<string, string[]>()
  for (const each of tokenFile.cases.filter(({ expected }) => expected !== 'accepted')) {
    const reason = await reasonOf(each)
    numbers.set(reason, [...(numbers.get(reason) ?? []), each.number])
  }
  const lines = [...numbers].map(([reason, cases]) => `${reason}\n  ${cases.join(' ')}\n`)
  await expect(lines.join('\n')).toMatchFileSnapshot('../../conformance/reasons.txt')
})
