// @vitest-environment node
// Whether the sequences would notice. A promise that nothing can break in a test is not tested.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bugs, plant } from './planted.js'
import { freezeClock, run } from './run.js'
import { anySequence } from './sequence.js'

/** Always the same sequences: what is found once is found each time. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
const MOST_RUNS = 2_000
const TIMEOUT_MS = 300_000

beforeAll(freezeClock)
afterAll(() => {
  vi.useRealTimers()
})

describe('the sequences find a twodoor', () => {
  it.each(bugs)(
    'that $does',
    async (bug) => {
      const parts = await plant(bug)
      const property = fc.asyncProperty(anySequence, (sequence) => run(sequence, parts))
      const { failed, numRuns, errorInstance } = await fc.check(property, {
        seed: SEED,
        numRuns: MOST_RUNS,
        endOnFailure: true,
      })
      console.info(`${bug.does}: found by sequence ${numRuns}. ${errorInstance}`)
      expect(failed).toBe(true)
    },
    TIMEOUT_MS,
  )
})
