import { expect, test } from 'vitest'
import { verdictOf } from '../../../demo/chainlit/pages/verdict.js'

const adele = { key: 'entra:1:a', name: 'Adele Vance' }
const alex = { key: 'entra:1:b', name: 'Alex Wilber' }

test.each([
  [{ browser: adele, teams: adele }, 5, 'true', 'the same person'],
  [{ browser: adele, teams: alex }, 0, 'false', 'two people'],
  [{ teams: adele }, 1, 'none', 'in through Teams, without a click'],
  [{ browser: adele }, 3, 'none', 'in through the browser alone'],
  [{}, 0, 'none', 'nobody has tried yet'],
  [{}, 1, 'none', 'nobody has tried yet'], // the first question of a page
  [{}, 2, 'false', 'nobody got in'],
])('%o after %i refusals: %s, %s', (seen, refusals, same, text) => {
  expect(verdictOf(seen, refusals)).toEqual({ same, text })
})
