// Runs a sequence in a world of its own. Whoever calls this has frozen the timers.

import fc from 'fast-check'
import { startClock } from './clock.js'
import { checkAtRest, checkDisposed, checkRecovery } from './invariants.js'
import { perform } from './perform.js'
import { anySequence, inWords, type Sequence } from './sequence.js'
import type { Copy } from './tab.js'
import { openWorld, type World } from './world.js'

/** Throws what is wrong, as a sentence. */
export async function run(sequence: Sequence, copies: readonly Copy[]): Promise<void> {
  const clock = startClock(sequence.setting.seed)
  try {
    const world = await openWorld(sequence.setting, copies, clock)
    await runIn(world, sequence)
  } finally {
    clock.stop()
  }
}

async function runIn(world: World, { steps, abrupt }: Sequence): Promise<void> {
  for (const step of steps) {
    await perform(world, step)
    if (step.turns === undefined) checkAtRest(world)
    stopIfWrong(world)
  }
  if (!abrupt) await checkRecovery(world)
  stopIfWrong(world)
  await checkDisposed(world)
  stopIfWrong(world)
}

function stopIfWrong({ wrongs }: World): void {
  if (wrongs.length > 0) throw new Error(wrongs.join(' '))
}

export interface Draw {
  readonly seed: number
  readonly numRuns: number
}

/** Runs random sequences of one seed, and tells how to run the shortest that fails once more. */
export async function checkSequences({ seed, numRuns }: Draw, copies: readonly Copy[], file: string): Promise<void> {
  const property = fc.asyncProperty(anySequence, (sequence) => run(sequence, copies))
  const { failed, numRuns: place, counterexample, errorInstance } = await fc.check(property, { numRuns, seed })
  if (!failed) return
  const [shortest] = counterexample as [Sequence]
  const again = `FUZZ_SEED=${seed} FUZZ_RUNS=${place} npx vitest run --project sequences ${file}`
  throw new Error(`${errorInstance}\n${inWords(shortest)}\nSequence ${place}. Once more: ${again}`)
}
