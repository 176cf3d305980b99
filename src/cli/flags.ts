// The flags of a command, by Node's own parser, whose errors become one sentence.

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from './command.js'

type Options = NonNullable<ParseArgsConfig['options']>
type Flags<T extends Options> = ReturnType<typeof parseArgs<{ options: T; allowPositionals: true; strict: true }>>

/** @throws {UsageError} for a flag that there is not, or one without its value */
export function readFlags<const T extends Options>(command: string, args: readonly string[], options: T): Flags<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(`${sentenceOf(error)} See \`npx twodoor ${command} --help\`.`, { cause: error })
  }
}

/** Node adds advice on how to pass positionals that look like flags: after the first sentence. */
function sentenceOf(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split(/\.\s|\n/)
  return `${first.replace(/\.$/, '')}.`
}
