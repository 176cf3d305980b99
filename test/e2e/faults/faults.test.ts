// docs/faults.md: each fault in each door, what came of it, and the bars that hold for all.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Result, type Row, violationsOf } from './row.js'
import { hostRows } from './rows/host.js'
import { tokenEndpointRows } from './rows/token-endpoint.js'
import { openStage, type Stage } from './stage.js'

let stage: Stage
const results = new Map<Row<Stage>, Result>()
const rows: readonly Row<Stage>[] = [...tokenEndpointRows, ...hostRows]

beforeAll(async () => {
  stage = await openStage()
})
afterEach(() => stage.reset())
afterAll(() => stage.close())

describe.each([...new Set(rows.map(({ group }) => group))])('%s', (group) => {
  it.each(rows.filter((row) => row.group === group).map((row) => [row.fault, row.door, row] as const))(
    '%s, in the door %s',
    async (_fault, _door, row) => {
      const began = Date.now()
      const result = await row.run(stage)
      results.set(row, result)
      console.log(JSON.stringify({ ...result, real: Date.now() - began }))
      expect(violationsOf(row, result)).toEqual([])
    },
  )
})
