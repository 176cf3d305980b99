// @vitest-environment node
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { addToLastLine } from '../../last-line.js'

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
