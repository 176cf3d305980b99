// @vitest-environment node
// What a socket promises, in whatever order things happen to it.

import { afterAll, beforeAll, describe, it, vi } from 'vitest'
// Loaded lazily, but not while the clock stands still.
import '../../../../../src/carriers/sockets/lifetime.js'
import { withSocketAuth } from '../../../../../src/carriers/sockets/wrap.js'
import { protectSockets, TokenRefusedError } from '../../../../../src/server/index.js'
import { checkSequences, seedOfRun } from '../../../sequences/check.js'
import { freezeClock, inWords } from '../../../sequences/sequence.js'
import { failedSeeds, failedSequences } from './failed-once.js'
import { run } from './run.js'
import { anySequence, type Sequence } from './sequence.js'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_000)
/** Of a seed that has failed once. */
const FEW = 20
const TIMEOUT_MS = 600_000
const newSeed = seedOfRun()
const parts = { withSocketAuth, protectSockets, TokenRefusedError }
const model = { any: anySequence, run: (sequence: Sequence) => run(sequence, parts) }

beforeAll(freezeClock)
afterAll(() => {
  vi.useRealTimers()
})

const check = (seed: number, numRuns: number) => checkSequences(model, { seed, numRuns }, import.meta.filename)

describe('a socket, whatever happens to it', () => {
  it(
    `keeps its promises in ${RUNS} sequences`,
    async () => {
      console.info(`sequences of a socket: FUZZ_SEED=${newSeed}`)
      await check(newSeed, RUNS)
    },
    TIMEOUT_MS,
  )

  it.each(failedSeeds)('keeps them with the seed %i, which has failed once', (seed) => check(seed, FEW), TIMEOUT_MS)

  it.each(failedSequences.map((sequence) => [inWords(sequence), sequence] as const))(
    'keeps them in a sequence that has failed once: %s',
    (_, sequence) => run(sequence, parts),
  )
})
