import type { Presence } from '../../pages/stage-log.js'

/** What a column says of its Chainlit. `same` is for its colour. */
export interface Verdict {
  readonly same: 'true' | 'false' | 'none'
  readonly text: string
}

/** By then a page that can get in is in, also on a slow machine. */
const LONGEST_START_MS = 6_000

/** @param triedForMs since a page was loaded that has not got in; `undefined` while there is none */
export function verdictOf({ browser, teams }: Presence, triedForMs: number | undefined): Verdict {
  if (browser && teams)
    return browser.key === teams.key ? { same: 'true', text: 'the same person' } : { same: 'false', text: 'two people' }
  if (teams) return { same: 'none', text: 'in, through Teams' }
  if (browser) return { same: 'none', text: 'in, through the browser' }
  if (triedForMs === undefined) return { same: 'none', text: 'nobody yet' }
  return triedForMs < LONGEST_START_MS ? { same: 'none', text: 'trying' } : { same: 'false', text: 'nobody got in' }
}
