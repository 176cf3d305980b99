// Every flow with the oldest and the newest pair of versions, and by `npm run test:versions` with each.

import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Doors } from '../e2e/doors.js'
import { openDoorsWithPopup } from '../e2e/popup-page.js'
import { cellIn, verdictOf, versionsDocument } from './document.js'
import { flows } from './flows.js'
import { nameOf, oldestAndNewest, type Pair, pairs, withVersions } from './pairs.js'

const DOCUMENT = 'docs/versions.md'
const isFull = process.env['TWODOOR_VERSIONS'] === 'all'
const passed = new Map<Pair, string[]>()

describe.each(isFull ? pairs : oldestAndNewest)('$msal.version and $teams.version', (pair) => {
  const names: string[] = []
  let doors: Doors
  beforeAll(async () => {
    ;({ doors } = await openDoorsWithPopup([withVersions(pair)]))
    passed.set(pair, names)
  })
  afterEach(() => doors.reset())
  afterAll(() => doors?.close())

  it.each(Object.entries(flows))('%s', async (name, play) => {
    await play(doors)
    names.push(name)
  })
})

it('is what docs/versions.md says', async () => {
  if (isFull)
    return expect(versionsDocument(passed), 'npm run versions:update writes it').toMatchFileSnapshot(
      `../../${DOCUMENT}`,
    )
  const document = readFileSync(DOCUMENT, 'utf8')
  const written = new Map(oldestAndNewest.map((pair) => [nameOf(pair), cellIn(document, pair)]))
  const seen = new Map(oldestAndNewest.map((pair) => [nameOf(pair), verdictOf(passed.get(pair) ?? [])]))
  expect(written).toEqual(seen)
})
