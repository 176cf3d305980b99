// @vitest-environment node
// Whether the sequences would notice. A promise that nothing can break in a test is not tested.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findMistake } from '../../../sequences/check.js'
import { freezeClock } from '../../../sequences/sequence.js'
import { bugs, partsWith } from './planted.js'
import { run } from './run.js'
import { anySequence } from './sequence.js'

const TIMEOUT_MS = 300_000

beforeAll(freezeClock)
afterAll(() => {
  vi.useRealTimers()
})

describe('the sequences find a twodoor', () => {
  it.each(bugs)(
    'that $does',
    async (bug) => {
      const parts = await partsWith(bug)
      const found = await findMistake({ any: anySequence, run: (sequence) => run(sequence, parts) }, bug.does)
      expect(found).toBeDefined()
    },
    TIMEOUT_MS,
  )
})
