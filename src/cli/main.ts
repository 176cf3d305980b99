// Chooses the command. Each is loaded when it is asked for.

import { readFileSync } from 'node:fs'
import { type Command, type CommandContext, type ExitCode, UsageError } from './command.js'
import { printable } from './printable.js'

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  dev: async () => (await import('./dev/command.js')).dev,
  doctor: async () => (await import('./doctor/doctor.js')).doctor,
  manifest: async () => (await import('./manifest/manifest.js')).manifest,
}

const HELP = `Usage: npx twodoor <command>

Commands:
  dev <url>                      Shows a running app in a browser and in an emulated Teams, side by side.
  doctor [manifest.json] <url>   Checks a page and its Teams app for what breaks in practice.
  manifest --url <url> …         Writes a Teams app for a page.

npx twodoor <command> --help tells what a command takes.`

/**
 * Runs `twodoor` with these arguments, without `node` and the path of the script.
 *
 * @param complain - writes a line to the standard error output
 */
export async function main(
  args: readonly string[],
  context: CommandContext,
  complain: (line: string) => void,
): Promise<ExitCode> {
  const [name, ...rest] = args
  try {
    if (name === undefined || name === '--help' || name === '-h') return answer(HELP)
    if (name === '--version') return answer(version())
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (!load) throw new UsageError(`There is no command "${name}". See \`npx twodoor --help\`.`)
    const command = await load()
    if (rest.includes('--help') || rest.includes('-h')) return answer(command.help)
    return await command.run(rest, context)
  } catch (error) {
    complain(printable(error instanceof UsageError ? error.message : unexpected(error)))
    return 2
  }

  function answer(text: string): ExitCode {
    context.say(text)
    return 0
  }
}

/** Without the stack: one sentence, as for everything else that a command cannot do. */
function unexpected(error: unknown): string {
  const [first] = String(error).split('\n')
  return `twodoor ended by an error that it did not expect: ${first}.`
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
