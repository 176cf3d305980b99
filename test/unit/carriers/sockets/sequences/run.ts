// Runs a sequence in a world of its own. Whoever calls this has frozen the timers.

import { vi } from 'vitest'
import { randomFrom, START, stopIfWrong } from '../../../sequences/sequence.js'
import { checkAtRest, checkClosed, checkRecovery } from './invariants.js'
import { perform } from './perform.js'
import type { Sequence } from './sequence.js'
import { watchTimers } from './timers.js'
import { openWorld, type Parts, type World } from './world.js'

/** Throws what is wrong, as a sentence. */
export async function run(sequence: Sequence, parts: Parts): Promise<void> {
  vi.clearAllTimers()
  vi.setSystemTime(START)
  const chance = vi.spyOn(Math, 'random').mockImplementation(randomFrom(sequence.setting.seed))
  const timers = watchTimers()
  const world = openWorld(sequence.setting, parts, timers)
  try {
    await runIn(world, sequence)
  } finally {
    await leave(world)
    timers.stop()
    chance.mockRestore()
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
  await checkClosed(world)
  stopIfWrong(world)
}

/** Nothing of it is to act in the next world. */
async function leave({ clients, server, page, quiet }: World): Promise<void> {
  for (const { socket } of clients) socket.disconnect()
  server.cut()
  server.close()
  page.dispose()
  await quiet()
}
