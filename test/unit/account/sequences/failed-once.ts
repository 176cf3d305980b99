// What has failed once always runs, as the shortest sequence that it failed with.

import type { Sequence } from './sequence.js'

export const failedSequences: readonly Sequence[] = []
