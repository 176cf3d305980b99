import type { Presence } from '../../pages/stage-log.js'

/** What a column says of its Chainlit. `same` is for its colour. */
export interface Verdict {
  readonly same: 'true' | 'false' | 'none'
  readonly text: string
}

/** By then a page that can get in is in, also on a slow machine. */
const LONGEST_START_MS = 6_000
/** And by then a conversation that goes on has gone on. */
const LONGEST_RETURN_MS = 3_000

/**
 * @param triedForMs since a page was loaded that has not got in, or since the last one was thrown out; `undefined` while
 *   there is none
 * @param wasIn whether somebody has been in
 */
export function verdictOf({ browser, teams }: Presence, triedForMs: number | undefined, wasIn: boolean): Verdict {
  if (browser && teams)
    return browser.key === teams.key ? { same: 'true', text: 'the same person' } : { same: 'false', text: 'two people' }
  if (teams) return { same: 'none', text: 'in, through Teams' }
  if (browser) return { same: 'none', text: 'in, through the browser' }
  if (triedForMs === undefined) return { same: 'none', text: 'nobody yet' }
  if (triedForMs < (wasIn ? LONGEST_RETURN_MS : LONGEST_START_MS)) return { same: 'none', text: 'trying' }
  return { same: 'false', text: wasIn ? 'thrown out' : 'nobody got in' }
}
