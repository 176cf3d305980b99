// @vitest-environment node
// What a socket promises, in whatever order things happen to it.

import { afterAll, beforeAll, describe, it, vi } from 'vitest'
// Loaded lazily, but not while the clock stands still.
import '../../../../../src/carriers/sockets/lifetime.js'
import { withSocketAuth } from '../../../../../src/carriers/sockets/wrap.js'
import { protectSockets, TokenRefusedError } from '../../../../../src/server/index.js'
import { checkSequences } from './check.js'
import { failedSeeds, failedSequences } from './failed-once.js'
import { freezeClock, run } from './run.js'
import { inWords } from './sequence.js'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_000)
/** Of a seed that has failed once. */
const FEW = 20
const TIMEOUT_MS = 600_000
/** Another one each time: what is always the same finds nothing new. */
const newSeed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const parts = { withSocketAuth, protectSockets, TokenRefusedError }

beforeAll(freezeClock)
afterAll(() => {
  vi.useRealTimers()
})

const check = (seed: number, numRuns: number) => checkSequences({ seed, numRuns }, parts, import.meta.filename)

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
