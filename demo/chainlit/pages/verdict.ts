import type { Presence } from '../../pages/stage-log.js'

/** What a column says of its Chainlit. `same` is for its colour. */
export interface Verdict {
  readonly same: 'true' | 'false' | 'none'
  readonly text: string
}

/** Each page asks once before anybody can be signed in. What is refused again was an attempt. */
const REFUSALS_OF_A_START = 1

/** @param refusals since somebody was there last */
export function verdictOf({ browser, teams }: Presence, refusals: number): Verdict {
  if (browser && teams)
    return browser.key === teams.key ? { same: 'true', text: 'the same person' } : { same: 'false', text: 'two people' }
  if (teams) return { same: 'none', text: 'in through Teams, without a click' }
  if (browser) return { same: 'none', text: 'in through the browser alone' }
  if (refusals > REFUSALS_OF_A_START) return { same: 'false', text: 'nobody got in' }
  return { same: 'none', text: 'nobody has tried yet' }
}
