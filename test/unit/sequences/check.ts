// Runs random sequences of one seed.

import fc from 'fast-check'
import { inWords, type SequenceOf } from './sequence.js'

/** How many sequences a mistake that was planted may take to be found. */
const MOST_RUNS = 2_000

export interface Model<S extends SequenceOf<object, unknown>> {
  readonly any: fc.Arbitrary<S>
  /** Throws what is wrong, as a sentence. */
  run(sequence: S): Promise<void>
}

/** `FUZZ_SEED`, or a new one: what is always the same finds nothing new. */
export function seedOfRun(): number {
  return Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
}

export interface Draw {
  readonly seed: number
  readonly numRuns: number
}

/** Tells how to run the shortest that fails once more. */
export async function checkSequences<S extends SequenceOf<object, unknown>>(
  { any, run }: Model<S>,
  { seed, numRuns }: Draw,
  file: string,
): Promise<void> {
  const details = await fc.check(fc.asyncProperty(any, run), { numRuns, seed })
  const { failed, numRuns: place, counterexample, errorInstance } = details
  if (!failed) return
  const [shortest] = counterexample as [S]
  const again = `FUZZ_SEED=${seed} FUZZ_RUNS=${place} npx vitest run --project sequences ${file}`
  throw new Error(`${errorInstance}\n${inWords(shortest)}\nSequence ${place}. Once more: ${again}`)
}

/** The first sequence that finds a planted mistake, as it was drawn, or `undefined`. */
export async function findMistake<S extends SequenceOf<object, unknown>>(
  { any, run }: Model<S>,
  does: string,
): Promise<S | undefined> {
  // Always the same sequences: what is found once is found each time.
  const options = { seed: 1, numRuns: MOST_RUNS, endOnFailure: true }
  const { counterexample, numRuns, errorInstance } = await fc.check(fc.asyncProperty(any, run), options)
  console.info(`${does}: found by sequence ${numRuns}. ${errorInstance}`)
  return counterexample?.[0]
}
