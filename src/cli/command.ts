// What a command gets and what it may say. Nothing here is Node's own: a test runs a command like any function.

/** `0`: all is well. `1`: the command has found something. `2`: it could not do what it was asked for. */
export type ExitCode = 0 | 1 | 2

export interface CommandContext {
  /** The folder that the command was called in. */
  readonly folder: string
  /** Aborted when the user ends the command. */
  readonly signal: AbortSignal
  /** Writes a line to the standard output. */
  say(line: string): void
}

export interface Command {
  /** What `--help` says. */
  readonly help: string
  /** @throws {UsageError} with one sentence, where it cannot do what it was asked for */
  run(args: readonly string[], context: CommandContext): Promise<ExitCode>
}

/** One sentence for the user. The command ends with the exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
