// @vitest-environment node
// What an Auth promises, in whatever order things happen to it and to the others of its origin.

import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { checkSequences, seedOfRun } from '../../sequences/check.js'
import { freezeClock, inWords } from '../../sequences/sequence.js'
import { copyForTabs } from './copies.js'
import { failedSequences } from './failed-once.js'
import { run } from './run.js'
import { anySequence, type Sequence } from './sequence.js'
import type { Copy } from './tab.js'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_000)
const TIMEOUT_MS = 600_000
const newSeed = seedOfRun()
let copies: readonly Copy[] = []

beforeAll(async () => {
  copies = [await copyForTabs('first'), await copyForTabs('second')]
  freezeClock()
}, TIMEOUT_MS)
afterAll(() => {
  vi.useRealTimers()
})

describe('an Auth, whatever happens to it', () => {
  it(
    `keeps its promises in ${RUNS} sequences`,
    async () => {
      console.info(`sequences of an account and its tokens: FUZZ_SEED=${newSeed}`)
      const model = { any: anySequence, run: (sequence: Sequence) => run(sequence, copies) }
      await checkSequences(model, { seed: newSeed, numRuns: RUNS }, import.meta.filename)
    },
    TIMEOUT_MS,
  )

  it.each(failedSequences.map((sequence) => [inWords(sequence), sequence] as const))(
    'keeps them in a sequence that has failed once: %s',
    (_, sequence) => run(sequence, copies),
  )
})
