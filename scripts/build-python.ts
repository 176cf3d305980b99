// Builds the wheel and the sdist of the Python package into python/dist, with what the tests have installed for that.

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { ensureLibraries } from './chainlit.js'

rmSync('python/dist', { recursive: true, force: true })
const python = await ensureLibraries()
const { status } = spawnSync(python, ['-m', 'hatchling', 'build'], { cwd: 'python', stdio: 'inherit' })
process.exitCode = status ?? 1
