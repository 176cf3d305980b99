// What a row of the matrix says.

export const doorNames = ['browser', 'Teams', 'nested'] as const
export type DoorName = (typeof doorNames)[number]

/** How a page comes to work again once the fault is over. */
export type Recovery = 'by itself' | 'by itself, when it wakes' | 'by `signIn()`' | 'after a reload' | 'not at all'

/** What came of a fault. */
export interface Result {
  /** The status, with the reason of a sign-out. */
  readonly state: string
  readonly code: string
  readonly remedy: string
  /** Requests to the token endpoint, or to the host for a token, until everything had settled. */
  readonly requests: number
  /** Whether the call in flight succeeded. `undefined`: there was none. */
  readonly call: boolean | undefined
  /** How long the slowest promise took, in milliseconds of the page's clock. `undefined`: it never settled. */
  readonly settledAfterMs: number | undefined
  readonly recovery: Recovery
  /** Requests as above in the three minutes after that, with the fault still there. */
  readonly requestsAfterwards: number
  /** What the bars of the matrix do not allow, in words. */
  readonly violations: readonly string[]
}

export interface Row<Context> {
  readonly group: string
  readonly fault: string
  readonly door: DoorName
  /** The fault passes by itself: the token at hand has to carry a call over it. */
  readonly transient: boolean
  run(context: Context): Promise<Result>
}

/** All deadlines of one call together. */
export const DEADLINE_MS = 125_000
/** More requests than in three minutes of back-off: a loop. */
export const MANY_REQUESTS = 40

const classes = [
  [5_000, 'at once'],
  [8_000, '5 s'],
  [13_000, '10 s'],
  [18_000, '15 s'],
  [26_000, '20 s'],
  [36_000, '30 s'],
  [52_000, '45 s'],
  [70_000, '65 s'],
  [DEADLINE_MS, '2 min'],
] as const

/** The deadline by which everything had settled. */
export function settledClass(ms: number | undefined): string {
  return classes.find(([limit]) => ms !== undefined && ms <= limit)?.[1] ?? 'never'
}

/** What the bars say of a row, in words. An empty list: it holds them all. */
export function violationsOf(row: Pick<Row<never>, 'transient'>, result: Result): string[] {
  const { settledAfterMs, requests, requestsAfterwards, call, recovery, violations } = result
  const found = [...violations]
  if (settledClass(settledAfterMs) === 'never') found.push('A promise is unsettled past its deadline.')
  if (requests > MANY_REQUESTS || requestsAfterwards > MANY_REQUESTS)
    found.push(`It loops: ${requests} and ${requestsAfterwards} requests.`)
  if (row.transient && call === false) found.push('The call in flight failed, although the fault is one that passes.')
  if (row.transient && !recovery.startsWith('by itself'))
    found.push(`The fault is over, and the page goes on ${recovery}.`)
  if (recovery === 'not at all') found.push('The fault is over, and the page does not work again.')
  return found
}
