// Runs random sequences of one seed, and tells how to run the shortest that fails once more.

import fc from 'fast-check'
import { run } from './run.js'
import { anySequence, inWords, type Sequence } from './sequence.js'
import type { Parts } from './world.js'

export interface Draw {
  readonly seed: number
  readonly numRuns: number
}

export async function checkSequences({ seed, numRuns }: Draw, parts: Parts, file: string): Promise<void> {
  const property = fc.asyncProperty(anySequence, (sequence) => run(sequence, parts))
  const { failed, numRuns: place, counterexample, errorInstance } = await fc.check(property, { numRuns, seed })
  if (!failed) return
  const [shortest] = counterexample as [Sequence]
  const again = `FUZZ_SEED=${seed} FUZZ_RUNS=${place} npx vitest run --project sequences ${file}`
  throw new Error(`${errorInstance}\n${inWords(shortest)}\nSequence ${place}. Once more: ${again}`)
}
