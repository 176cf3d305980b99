// Runs a sequence in a world of its own. Whoever calls this has frozen the timers.

import { stopIfWrong } from '../../sequences/sequence.js'
import { startClock } from './clock.js'
import { checkAtRest, checkDisposed, checkRecovery, checkSignIn } from './invariants.js'
import { perform } from './perform.js'
import type { Sequence } from './sequence.js'
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
  for (const [place, step] of steps.entries()) {
    await perform(world, step)
    if (step.turns === undefined) checkAtRest(world)
    checkSignIn(world, steps.slice(0, place), step)
    stopIfWrong(world)
  }
  if (!abrupt) await checkRecovery(world)
  stopIfWrong(world)
  await checkDisposed(world)
  stopIfWrong(world)
}
