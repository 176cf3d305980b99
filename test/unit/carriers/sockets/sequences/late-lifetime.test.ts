// @vitest-environment node
// The same promises where what renews a live socket comes late, or not at all.

import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createLifetime } from '../../../../../src/carriers/sockets/lifetime.js'
import { loadLifetime } from '../../../../../src/carriers/sockets/load-lifetime.js'
import { withSocketAuth } from '../../../../../src/carriers/sockets/wrap.js'
import { protectSockets, TokenRefusedError } from '../../../../../src/server/index.js'
import { checkSequences, seedOfRun } from '../../../sequences/check.js'
import { freezeClock } from '../../../sequences/sequence.js'
import { run } from './run.js'
import { anySequence, type Sequence } from './sequence.js'

vi.mock('../../../../../src/carriers/sockets/load-lifetime.js', () => ({ loadLifetime: vi.fn() }))

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300)
const TIMEOUT_MS = 600_000
const LONGEST_WAIT_TURNS = 20
const SHARE_REFUSED = 0.3
const refused = { refused: 'unavailable', message: 'Not here.', remedy: 'Reload the page.' } as const
const newSeed = seedOfRun()

async function loadLate(): ReturnType<typeof loadLifetime> {
  const isRefused = Math.random() < SHARE_REFUSED
  const turns = Math.floor(Math.random() * LONGEST_WAIT_TURNS)
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  return isRefused ? refused : { createLifetime }
}

beforeAll(freezeClock)
afterAll(() => {
  vi.useRealTimers()
})

it(
  `a socket keeps its promises in ${RUNS} sequences with a lifetime that comes late, or not`,
  async () => {
    vi.mocked(loadLifetime).mockImplementation(loadLate)
    console.info(`sequences with a late lifetime: FUZZ_SEED=${newSeed}`)
    const parts = { withSocketAuth, protectSockets, TokenRefusedError }
    await checkSequences(
      { any: anySequence, run: (sequence: Sequence) => run(sequence, parts) },
      { seed: newSeed, numRuns: RUNS },
      import.meta.filename,
    )
    expect(loadLifetime).toHaveBeenCalled()
  },
  TIMEOUT_MS,
)
