// What random sequences of all kinds share: how they are drawn, written down and run again. Steps are plain data, so that they
// shrink and can be read.

import fc from 'fast-check'
import { vi } from 'vitest'

export interface SequenceOf<Setting, Step> {
  readonly setting: Setting
  readonly steps: readonly Step[]
  /** All is ended in the middle of whatever goes on, rather than once all is well again. */
  readonly abrupt: boolean
}

/** When the clock of each sequence begins. */
export const START = Date.UTC(2030, 0)

/** @param motif - several steps that are known to be awkward together */
export function sequencesOf<Setting, Step>(
  setting: fc.Arbitrary<Setting>,
  step: fc.Arbitrary<Step>,
  motif: fc.Arbitrary<readonly Step[]>,
): fc.Arbitrary<SequenceOf<Setting, Step>> {
  const part = fc.oneof(
    { weight: 12, arbitrary: step.map((each): readonly Step[] => [each]) },
    { weight: 1, arbitrary: motif },
  )
  const steps = fc.array(part, { minLength: 1, maxLength: 14, size: 'max' }).map((parts) => parts.flat())
  return fc.record({ setting, steps, abrupt: fc.constantFrom(false, false, true) })
}

/** A sequence in a form that can be pasted into a test. */
export function inWords({ setting, steps, abrupt }: SequenceOf<object, unknown>): string {
  const lines = steps.map((each) => `  ${JSON.stringify(each)},`)
  return [JSON.stringify({ ...setting, abrupt }), '[', ...lines, ']'].join('\n')
}

export function freezeClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
}

/** mulberry32: the same numbers for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function stopIfWrong({ wrongs }: { readonly wrongs: readonly string[] }): void {
  if (wrongs.length > 0) throw new Error(wrongs.join(' '))
}
