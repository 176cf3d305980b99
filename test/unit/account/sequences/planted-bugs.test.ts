// @vitest-environment node
// Whether the sequences would notice. A promise that nothing can break in a test is not tested.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freezeClock } from './clock.js'
import { copyBuilt } from './copies.js'
import { bugs } from './planted.js'
import { run } from './run.js'
import { anySequence, type Sequence } from './sequence.js'
import type { Copy } from './tab.js'

/** Always the same sequences: what is found once is found each time. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
const MOST_RUNS = 2_000
const TIMEOUT_MS = 300_000

let right: readonly Copy[] = []

beforeAll(async () => {
  right = [await copyBuilt('first'), await copyBuilt('second')]
  freezeClock()
}, TIMEOUT_MS)
afterAll(() => {
  vi.useRealTimers()
})

describe('the sequences find a twodoor', () => {
  it.each(bugs)(
    'that $does',
    async (bug) => {
      const copies = [await copyBuilt(`${bug.does} 1`, bug), await copyBuilt(`${bug.does} 2`, bug)]
      const property = fc.asyncProperty(anySequence, (sequence) => run(sequence, copies))
      const { failed, numRuns, counterexample, errorInstance } = await fc.check(property, {
        seed: SEED,
        numRuns: MOST_RUNS,
        endOnFailure: true,
      })
      console.info(`${bug.does}: found by sequence ${numRuns}. ${errorInstance}`)
      expect(failed).toBe(true)
      // The mistake is what was found.
      await run((counterexample as [Sequence])[0], right)
    },
    TIMEOUT_MS,
  )
})
