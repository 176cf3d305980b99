// Runs the cases on the wire against a server, one after the other.

import { connectCases } from './connect-cases.js'
import { type Connection, openConnection } from './connection.js'
import { endCases, renewCases } from './renew-cases.js'
import { sessionCases } from './session-cases.js'
import type { Bench, Target, WireCase, WireGroup, WireTokens } from './wire-case.js'

/** In the order of their numbers. A new group comes last. */
export const wireGroups: readonly WireGroup[] = [
  { title: 'CONNECT', on: 'sockets', cases: connectCases },
  { title: 'Renewals', on: 'sockets', cases: renewCases },
  { title: 'The end, and names that no client may use', on: 'sockets', cases: endCases },
  { title: 'Session cookies', on: 'sessions', cases: sessionCases },
]

export interface NumberedWireCase extends WireCase {
  readonly number: string
  readonly on: WireGroup['on']
}

/** W1-01 is the first case of the first group. */
export const wireCases: readonly NumberedWireCase[] = wireGroups.flatMap(({ on, cases }, index) =>
  cases.map((each, at) => ({ ...each, on, number: `W${index + 1}-${String(at + 1).padStart(2, '0')}` })),
)

export interface Result {
  readonly status: 'passed' | 'failed' | 'skipped'
  /** Why it has failed or was skipped. */
  readonly reason?: string
}

export async function runCase(each: NumberedWireCase, target: Target): Promise<Result> {
  const reason = whySkipped(each, target)
  if (reason !== undefined) return { status: 'skipped', reason }
  const opened: Connection[] = []
  try {
    await each.run(benchFor(target, opened))
    return { status: 'passed' }
  } catch (error) {
    return { status: 'failed', reason: error instanceof Error ? error.message : String(error) }
  } finally {
    for (const connection of opened) await connection.close()
  }
}

function whySkipped(
  { on, needs, isText }: NumberedWireCase,
  { socketUrl, sessionUrl, encoding, tokens }: Target,
): string | undefined {
  if (on === 'sockets' && socketUrl === undefined) return 'no address of a Socket.IO server was given'
  if (on === 'sessions' && sessionUrl === undefined) return 'no address of sessions was given'
  if (isText && encoding !== 'default') return 'its packet is written in the default encoding'
  const missing = needs.filter((name) => tokens[name] === undefined)
  return missing.length > 0 ? `no token ${missing.map((name) => `\`${name}\``).join(' and ')} was given` : undefined
}

function benchFor(
  { socketUrl = '', sessionUrl = '', transport, encoding, tokens }: Target,
  opened: Connection[],
): Bench {
  return {
    socketUrl,
    sessionUrl,
    tokens: tokens as WireTokens,
    async open(query) {
      const connection = await openConnection(socketUrl, { transport, encoding, query })
      opened.push(connection)
      return connection
    },
  }
}
