// The examples of tests: run by the runner that they are for.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findChromium } from '../../scripts/chromium.js'
import { run } from './run.js'

/** A runner inside of this one must not take itself for it, nor colour what it says. */
const OWN = { VITEST: undefined, VITEST_MODE: undefined, VITEST_POOL_ID: undefined, VITEST_WORKER_ID: undefined }
const ENV = { ...OWN, NODE_ENV: 'test', NO_COLOR: '1', FORCE_COLOR: undefined }

it('vitest', async () => {
  expect(await run('vitest', 'vitest/vitest.mjs', ['run'], ENV)).toMatch(/Tests +2 passed/)
})

it('jest', async () => {
  const results = await run('jest', 'jest/bin/jest.js', ['--json', '--cache=false'], ENV)
  expect(JSON.parse(results)).toMatchObject({ success: true, numPassedTests: 2, numTotalTests: 2 })
})

it('playwright', async () => {
  const output = await mkdtemp(join(tmpdir(), 'twodoor-example-'))
  try {
    const env = { ...ENV, CHROMIUM: findChromium() }
    const said = await run(
      'playwright',
      '@playwright/test/cli.js',
      ['test', '--output', output, '--reporter', 'line'],
      env,
    )
    expect(said).toContain('1 passed')
  } finally {
    await rm(output, { recursive: true, force: true })
  }
})
