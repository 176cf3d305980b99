// @vitest-environment node
// Whether the sequences would notice. A promise that nothing can break in a test is not tested.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findMistake } from '../../sequences/check.js'
import { freezeClock } from '../../sequences/sequence.js'
import { copyForTabs } from './copies.js'
import { bugs } from './planted.js'
import { run } from './run.js'
import { anySequence, type Sequence } from './sequence.js'
import type { Copy } from './tab.js'

const TIMEOUT_MS = 300_000

let right: readonly Copy[] = []

beforeAll(async () => {
  right = [await copyForTabs('first'), await copyForTabs('second')]
  freezeClock()
}, TIMEOUT_MS)
afterAll(() => {
  vi.useRealTimers()
})

describe('the sequences find a twodoor', () => {
  it.each(bugs)(
    'that $does',
    async (bug) => {
      const copies = [await copyForTabs(`${bug.does} 1`, bug), await copyForTabs(`${bug.does} 2`, bug)]
      const found = await findMistake({ any: anySequence, run: (sequence) => run(sequence, copies) }, bug.does)
      expect(found).toBeDefined()
      // The mistake is what was found.
      await run(found as Sequence, right)
    },
    TIMEOUT_MS,
  )
})
