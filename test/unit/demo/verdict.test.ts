import { expect, test } from 'vitest'
import { verdictOf } from '../../../demo/chainlit/pages/verdict.js'

const adele = { key: 'entra:1:a', name: 'Adele Vance' }
const alex = { key: 'entra:1:b', name: 'Alex Wilber' }

test.each([
  [{ browser: adele, teams: adele }, undefined, 'true', 'the same person'],
  [{ browser: adele, teams: alex }, undefined, 'false', 'two people'],
  [{ teams: adele }, 60_000, 'none', 'in, through Teams'],
  [{ browser: adele }, undefined, 'none', 'in, through the browser'],
  [{}, undefined, 'none', 'nobody yet'],
  [{}, 5_999, 'none', 'trying'],
  [{}, 6_000, 'false', 'nobody got in'],
])('%o after %s ms: %s, %s', (seen, triedForMs, same, text) => {
  expect(verdictOf(seen, triedForMs, false)).toEqual({ same, text })
})

test.each([
  [{ teams: adele }, undefined, 'none', 'in, through Teams'],
  [{}, 2_999, 'none', 'trying'],
  [{}, 3_000, 'false', 'thrown out'],
])('%o, %s ms after somebody was in: %s, %s', (seen, triedForMs, same, text) => {
  expect(verdictOf(seen, triedForMs, true)).toEqual({ same, text })
})
