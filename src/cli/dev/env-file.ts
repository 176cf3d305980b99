// The options of `createAuth` as one line of an env file, which Vite and Next.js give to the page.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UsageError } from '../command.js'
import { replaceFile } from './replace-file.js'

export interface EnvTarget {
  /** Relative to the folder that the command was called in. */
  readonly file: string
  readonly variable: string
}

/** Both read it in development alone: a build for production takes up `.env.local` too. */
const DEVELOPMENT_FILE = '.env.development.local'
const frameworks: Readonly<Record<string, EnvTarget>> = {
  vite: { file: DEVELOPMENT_FILE, variable: 'VITE_TWODOOR' },
  next: { file: DEVELOPMENT_FILE, variable: 'NEXT_PUBLIC_TWODOOR' },
}

/** A framework, or a file. */
export function readEnvTarget(text: string): EnvTarget {
  const known = Object.hasOwn(frameworks, text) ? frameworks[text] : undefined
  return known ?? { file: text, variable: 'TWODOOR' }
}

/**
 * Writes the variable and leaves every other line as it is. Returns what was done, in words.
 *
 * @throws {UsageError} the file cannot be read or written
 */
export async function writeEnv(folder: string, target: EnvTarget, value: unknown): Promise<string> {
  try {
    return await replaceVariable(resolve(folder, target.file), target, value)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new UsageError(`${target.file} cannot be written (${code}).`, { cause: error })
  }
}

async function replaceVariable(path: string, { file, variable }: EnvTarget, value: unknown): Promise<string> {
  const before = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const line = `${variable}='${quotable(value)}'`
  const lines = before === '' ? [] : before.replace(/\n$/, '').split('\n')
  const isOfVariable = (each: string) => each.startsWith(`${variable}=`)
  const old = lines.filter(isOfVariable)
  if (old.length === 1 && old[0] === line) return `${variable} is in ${file} already.`
  const kept = lines.filter((each) => !isOfVariable(each))
  await replaceFile(path, `${[...kept, line].join('\n')}\n`)
  if (old.length > 0) return `Replaced ${variable} in ${file}: it had another value.`
  return `Wrote ${variable} into ${file}${before === '' ? '' : ', below what is there'}.`
}

/** JSON without what ends the quotes, and what dotenv-expand takes for a variable. */
function quotable(value: unknown): string {
  return JSON.stringify(value).replaceAll("'", '\\u0027').replaceAll('$', '\\u0024')
}
