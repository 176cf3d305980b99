// Runs the cases on the wire against a server, one after the other.

import { connectCases } from './connect-cases.js'
import { type Connection, openConnection } from './connection.js'
import { dynamicCases } from './dynamic-cases.js'
import { recoveryCases } from './recovery-cases.js'
import { endCases, renewCases } from './renew-cases.js'
import { requestCases } from './request-cases.js'
import { sessionCases } from './session-cases.js'
import { type Bench, NotOffered, type Target, type WireCase, type WireGroup, type WireTokens } from './wire-case.js'

/** In the order of their numbers. A new group comes last. */
export const wireGroups: readonly WireGroup[] = [
  { title: 'CONNECT', on: 'sockets', cases: connectCases },
  { title: 'Renewals', on: 'sockets', cases: renewCases },
  { title: 'The end, and names that no client may use', on: 'sockets', cases: endCases },
  { title: 'Session cookies', on: 'sessions', cases: sessionCases },
  { title: 'Requests with a Bearer token', on: 'requests', cases: requestCases },
  { title: 'Connection state recovery', on: 'sockets', cases: recoveryCases },
  { title: 'Namespaces that are made when somebody asks for them', on: 'dynamic namespaces', cases: dynamicCases },
]

export interface NumberedWireCase extends WireCase {
  readonly number: string
  readonly on: WireGroup['on']
  /** Of its group. */
  readonly title: string
}

/** W1-01 is the first case of the first group. */
export const wireCases: readonly NumberedWireCase[] = wireGroups.flatMap(({ title, on, cases }, index) =>
  cases.map((each, at) => ({ ...each, title, on, number: `W${index + 1}-${String(at + 1).padStart(2, '0')}` })),
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
    if (error instanceof NotOffered) return { status: 'skipped', reason: error.message }
    return { status: 'failed', reason: error instanceof Error ? error.message : String(error) }
  } finally {
    for (const connection of opened) await connection.close()
  }
}

function whySkipped({ on, needs, isText }: NumberedWireCase, target: Target): string | undefined {
  if (addressFor[on](target) === undefined) return `no address of ${nameOf[on]} was given`
  if (isText && target.encoding !== 'default') return 'its packet is written in the default encoding'
  const missing = needs.filter((name) => target.tokens[name] === undefined)
  return missing.length > 0 ? `no token ${missing.map((name) => `\`${name}\``).join(' and ')} was given` : undefined
}

const addressFor: Record<WireGroup['on'], (target: Target) => string | undefined> = {
  sockets: ({ socketUrl }) => socketUrl,
  sessions: ({ sessionUrl }) => sessionUrl,
  requests: ({ requestUrl }) => requestUrl,
  'dynamic namespaces': ({ socketUrl, dynamicNamespace }) => socketUrl && dynamicNamespace,
}

const nameOf: Record<WireGroup['on'], string> = {
  sockets: 'a Socket.IO server',
  sessions: 'sessions',
  requests: 'requests',
  'dynamic namespaces': 'dynamic namespaces',
}

function benchFor(target: Target, opened: Connection[]): Bench {
  const { socketUrl = '', sessionUrl = '', requestUrl = '', dynamicNamespace = '' } = target
  const { transport, encoding, tokens } = target
  return {
    socketUrl,
    sessionUrl,
    requestUrl,
    dynamicNamespace,
    tokens: tokens as WireTokens,
    async open(query) {
      const connection = await openConnection(socketUrl, { transport, encoding, query })
      opened.push(connection)
      return connection
    },
  }
}
