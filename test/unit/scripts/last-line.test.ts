// @vitest-environment node
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addToLastLine, engineLines } from '../../last-line.js'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'twodoor-last-line-'))
  file = join(folder, 'line')
  vi.stubEnv('LAST_LINE_FILE', file)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

it('sums up the runs that wrote to the same file', () => {
  addToLastLine({ passed: 12, failed: 0, skipped: 1 })
  addToLastLine({ passed: 30, failed: 2, skipped: 4 })
  addToLastLine({ failed: 1 })
  expect(readFileSync(file, 'utf8')).toBe('42 passed, 3 failed, 5 skipped\n')
})

it('writes nothing where nobody asks for it', () => {
  vi.stubEnv('LAST_LINE_FILE', '')
  addToLastLine({ passed: 1 })
  expect(existsSync(file)).toBe(false)
})

describe('the lines about engines', () => {
  it('name those that ran, and those that are missing', () => {
    expect(engineLines(['Chromium 156.0', 'Firefox 153.8'], ['WebKitGTK'])).toEqual([
      'Engines: Chromium 156.0, Firefox 153.8',
      'Not installed, so not run: WebKitGTK',
    ])
  })

  it('name none that is missing where all are there', () => {
    expect(engineLines(['Chromium 156.0'], [])).toEqual(['Engines: Chromium 156.0'])
  })

  it('are not there where the run had none of their tests', () => {
    expect(engineLines([], ['Firefox'])).toEqual([])
  })
})
