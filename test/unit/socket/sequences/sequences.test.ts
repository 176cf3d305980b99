// @vitest-environment node
// What a socket promises, in whatever order things happen to it.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { createLifetime } from '../../../../src/carriers/socket/lifetime.js'
import { withSocketAuth } from '../../../../src/carriers/socket/wrap.js'
import { protectSockets, TokenRefusedError } from '../../../../src/server/index.js'
import { freezeClock, run } from './run.js'
import { anySequence, inWords } from './sequence.js'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_000)
const TIMEOUT_MS = 600_000
/** Where work lands the sequences are always the same ones: what somebody else has broken is not to be found by chance. */
const anySeed = process.env['CI'] ? 1 : Date.now() % 2 ** 31
const seed = Number(process.env['FUZZ_SEED'] ?? anySeed)
const parts = { withSocketAuth, createLifetime, protectSockets, TokenRefusedError }

beforeAll(freezeClock)
afterAll(() => {
  vi.useRealTimers()
})

describe('a socket, whatever happens to it', () => {
  it(
    `keeps its promises in ${RUNS} sequences`,
    async () => {
      console.info(`sequences of a socket: FUZZ_SEED=${seed}`)
      const property = fc.asyncProperty(anySequence, (sequence) => run(sequence, parts))
      const { failed, numRuns, counterexample, errorInstance } = await fc.check(property, { numRuns: RUNS, seed })
      if (!failed) return
      const [shortest] = counterexample as [Parameters<typeof inWords>[0]]
      throw new Error(`FUZZ_SEED=${seed}, sequence ${numRuns}: ${errorInstance}\n${inWords(shortest)}`)
    },
    TIMEOUT_MS,
  )
})
