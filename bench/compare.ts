// What a difference is worth: everything is measured against itself as well, under the same conditions, in turns.

export type Verdict = 'met' | 'missed' | 'inconclusive'

export interface Row {
  readonly what: string
  readonly figure: string
  /** How far the same thing measured twice lies apart. */
  readonly spread: string
  readonly bar: string
  /** `undefined` for a figure that has no bar. */
  readonly verdict: Verdict | undefined
}

/** One thing, the same thing again, and another one. */
export interface Samples<T = number> {
  readonly base: T[]
  readonly again: T[]
  readonly other: T[]
}

const RESAMPLES = 2_000
const CONFIDENCE = 0.95

/** Measures in turns, each round in another order, so that a slow spell of the machine hits all alike. */
export async function inTurns<T>(
  rounds: number,
  measureBase: () => Promise<T>,
  measureOther: () => Promise<T>,
): Promise<Samples<T>> {
  const samples: Samples<T> = { base: [], again: [], other: [] }
  const turns: (readonly [T[], () => Promise<T>])[] = [
    [samples.base, measureBase],
    [samples.other, measureOther],
    [samples.again, measureBase],
  ]
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < turns.length; i++) {
      const turn = turns[(round + i) % turns.length]
      if (turn) turn[0].push(await turn[1]())
    }
  }
  return samples
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

/** A row on how much the other thing costs beyond the base. */
export function differenceRow(what: string, samples: Samples, unit: string, atMost: number): Row {
  const { value, noise } = compare(samples, (one, two) => one - two)
  return {
    what,
    figure: `${value < 0 ? '−' : '+'}${number(Math.abs(value))} ${unit} (${medians(samples)})`,
    spread: `± ${number(noise)} ${unit}`,
    bar: `≤ ${atMost} ${unit}`,
    verdict: judge(value, noise, atMost),
  }
}

/** A row on how many times the base the other thing takes. */
export function ratioRow(what: string, samples: Samples, unit: string, atMost?: number): Row {
  const { value, noise } = compare(samples, (one, two) => one / two)
  const figure = `× ${number(value)} (${medians(samples)} ${unit})`
  const verdict = atMost === undefined ? undefined : judge(value, noise, atMost)
  return { what, figure, spread: `± ${number(noise)}`, bar: atMost === undefined ? '–' : `≤ × ${atMost}`, verdict }
}

/** A row on what the base itself takes. The other thing has no bar: it shows what that is worth. */
export function boundRow(what: string, samples: Samples, unit: string, atMost: number): Row {
  const { noise } = compare(samples, (one, two) => one - two)
  const value = median([...samples.base, ...samples.again])
  return {
    what,
    figure: `${number(value)}${unit} against ${number(median(samples.other))}`,
    spread: `± ${number(noise)}${unit}`,
    bar: `≤ ${atMost}${unit}`,
    verdict: judge(value, noise, atMost),
  }
}

/**
 * A row on something that is counted: the same in every run, or it proves nothing.
 *
 * @param against the counts of something else, which show what it is worth
 */
export function countRow(what: string, counts: readonly number[], atMost: number, against?: readonly number[]): Row {
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  const figure = against ? `${most} against ${Math.min(...against)}` : `${most}`
  const spread = `± ${most - least} in ${counts.length} runs`
  return { what, figure, spread, bar: `≤ ${atMost}`, verdict: judge(most, most - least, atMost) }
}

/** A row on two things that are counted, where the other may not need more than the base. */
export function moreRow(what: string, { base, again, other }: Samples): Row {
  const [most, least] = [Math.max(...base, ...again), Math.min(...base, ...again)]
  const count = Math.max(...other)
  const spread = `± ${most - least}`
  return {
    what,
    figure: `${count} against ${least}`,
    spread,
    bar: 'no more',
    verdict: judge(count - least, most - least, 0),
  }
}

/**
 * Compares within each round, so that what slows down all of a round drops out, and takes the median of the rounds.
 *
 * The noise is what the base against itself came to, and what chance can make of that: it is not exceeded in 95 of 100
 * drawings from its rounds.
 */
function compare({ base, again, other }: Samples, of: (one: number, two: number) => number) {
  const bases = base.map((value, i) => (value + (again[i] ?? value)) / 2)
  const others = other.map((value, i) => of(value, bases[i] ?? Number.NaN))
  const selves = again.map((value, i) => of(value, base[i] ?? Number.NaN))
  const neutral = of(1, 1)
  const drawings = Array.from({ length: RESAMPLES }, () => Math.abs(median(draw(selves)) - neutral))
  const noise = drawings.sort((a, b) => a - b)[Math.floor(RESAMPLES * CONFIDENCE)] ?? Number.NaN
  return { value: median(others), noise }
}

function draw(values: readonly number[]): number[] {
  return values.map(() => values[Math.floor(Math.random() * values.length)] ?? Number.NaN)
}

export function judge(value: number, noise: number, atMost: number): Verdict {
  if (value + noise <= atMost) return 'met'
  return value - noise > atMost ? 'missed' : 'inconclusive'
}

export const number = (value: number) => value.toFixed(Math.abs(value) >= 10 ? 1 : 2)

function medians({ base, again, other }: Samples): string {
  return `${number(median(other))} against ${number(median([...base, ...again]))}`
}
