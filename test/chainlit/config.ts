// The config.toml of an app: what Chainlit generates itself, and what is changed in it.

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

type Value = string | number | boolean | readonly string[]

/** Sections of config.toml, by their names: `project`, `UI`, `features`, `features.spontaneous_file_upload`. */
export type Config = Readonly<Record<string, Readonly<Record<string, Value>>>>

const run = promisify(execFile)
const generated = new Map<string, Promise<string>>()

/** What `chainlit init`, like the first start of an app, writes. */
export function generatedConfig(python: string): Promise<string> {
  const known = generated.get(python) ?? generate(python)
  generated.set(python, known)
  return known
}

async function generate(python: string): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'twodoor-chainlit-'))
  try {
    await run(python, ['-m', 'chainlit', 'init'], { cwd, env: { PATH: process.env['PATH'], HOME: cwd } })
    return await readFile(join(cwd, '.chainlit', 'config.toml'), 'utf8')
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

/** The text with these values: in place of a line that sets one, or as the first of its section. */
export function withValues(toml: string, config: Config): string {
  const changes = Object.entries(config).flatMap(([section, values]) =>
    Object.entries(values).map(([key, value]) => ({ section, key, value })),
  )
  return changes.reduce((text, { section, key, value }) => withValue(text, section, key, value), toml)
}

function withValue(toml: string, section: string, key: string, value: Value): string {
  // What JSON writes for these values is TOML too.
  const line = `${key} = ${JSON.stringify(value)}`
  const lines = toml.split('\n')
  const head = lines.findIndex((each) => each.trim() === `[${section}]`)
  if (head === -1) return `${toml}\n[${section}]\n${line}\n`
  const next = lines.findIndex((each, index) => index > head && /^\s*\[/.test(each))
  const end = next === -1 ? lines.length : next
  const known = lines.findIndex((each, index) => index > head && index < end && keyOf(each) === key)
  if (known === -1) lines.splice(head + 1, 0, line)
  else lines[known] = line
  return lines.join('\n')
}

function keyOf(line: string): string | undefined {
  return line.match(/^\s*([\w-]+)\s*=/)?.[1]
}
