// docs/faults.md: each fault in each door, what came of it, and the bars that hold for all.

import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { faultsDocument } from './document.js'
import { openProviderStage, type ProviderStage } from './provider-stage.js'
import { type Result, type Row, violationsOf } from './row.js'
import { hostRows } from './rows/host.js'
import { neighbourRows } from './rows/neighbours.js'
import { providerRows } from './rows/provider.js'
import { surroundingRows } from './rows/surroundings.js'
import { tokenEndpointRows } from './rows/token-endpoint.js'
import { openStage, type Stage } from './stage.js'

const DOCUMENT = fileURLToPath(new URL('../../../docs/faults.md', import.meta.url))

const rows: readonly Row<Stage>[] = [...tokenEndpointRows, ...hostRows, ...surroundingRows, ...neighbourRows]
const played = new Map<Row<never>, Result>()

/** The stage is opened for the first row that needs it. */
function play<S extends { reset(): Promise<void>; close(): Promise<void> }>(
  list: readonly Row<S>[],
  open: () => Promise<S>,
): void {
  let stage: S
  beforeAll(async () => {
    stage = await open()
  })
  afterEach(() => stage.reset())
  afterAll(() => stage.close())

  describe.each([...new Set(list.map(({ group }) => group))])('%s', (group) => {
    it.each(list.filter((row) => row.group === group).map((row) => [row.fault, row.door, row] as const))(
      '%s, in the door %s',
      async (_fault, _door, row) => {
        const result = await row.run(stage)
        if (process.env['FAULTS_LOG']) console.log(JSON.stringify(result))
        played.set(row, result)
        expect(violationsOf(row, result)).toEqual([])
      },
    )
  })
}

describe('against the emulators', () => play(rows, openStage))
describe('against an authority that nobody here wrote', () => play<ProviderStage>(providerRows, openProviderStage))

describe('the matrix', () => {
  it('is docs/faults.md', async ({ skip }) => {
    // With `-t` only some of the rows are played.
    if (played.size < rows.length + providerRows.length) skip()
    await expect(faultsDocument(played), 'npm run faults:update writes it').toMatchFileSnapshot(DOCUMENT)
  })
})
