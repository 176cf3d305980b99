// Calls each function that teams-js exports, one after the other, and tells what became of each.

import * as teamsJs from '@microsoft/teams-js'
// The capabilities that the host has told. Written over here, so that each function asks the host in the end.
import { applyRuntimeConfig } from '@microsoft/teams-js/dist/esm/packages/teams-js/src/public/runtime.js'
import { argumentsOf } from './teams-calls.js'

/**
 * `told`: the app has told something, or will hear of an event, and waits for nothing. `waits`: for an answer that has not
 * come although later ones have.
 */
export type Outcome = 'answered' | 'refused' | 'told' | 'waits'

export interface Called {
  readonly name: string
  readonly outcome: Outcome
  /** What it came to, in words. */
  readonly result: string
}

type Exported = (...args: unknown[]) => unknown

/** They would take the world of the test apart. */
const notCalled = new Set(['app._initialize', 'app._uninitialize'])
/** They take as long as a user, or Entra ID, does. */
const slow = new Set(['authentication.authenticate', 'authentication.getAuthToken'])

/** The functions of teams-js by their names, but for its classes. */
function functionsOf(group: object, prefix = '', seen = new Set<object>()): [name: string, Exported][] {
  if (seen.has(group)) return []
  seen.add(group)
  return Object.entries(group).flatMap(([key, value]): [string, Exported][] => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return functionsOf(value, `${prefix}${key}.`, seen)
    return typeof value === 'function' && !/^[A-Z]/.test(key) ? [[prefix + key, value]] : []
  })
}

const functions = functionsOf(teamsJs).filter(([name]) => !notCalled.has(name))
const isHandler = (name: string) => /(^|\.)(register\w*|on[A-Z]\w*|setOverridableShortcutHandler)$/.test(name)

/** Lets the host answer what it was asked before: messages keep their order, and a phone answers within the call. What
 * teams-js reads of a file before it asks is read as well. */
async function laterAnswers(isSettled: () => boolean): Promise<void> {
  for (let round = 0; round < 5 && !isSettled(); round++) {
    await teamsJs.app.getContext()
    await new Response(new Blob(['.'])).text()
    await nextTask()
  }
}

function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}

async function call(name: string, exported: Exported): Promise<Called> {
  let became: Omit<Called, 'name'> | undefined
  let resolve = () => {}
  const settled = new Promise<void>((done) => (resolve = done))
  function settle(outcome: Omit<Called, 'name'>): void {
    became ??= outcome
    resolve()
  }
  const reply = (...args: unknown[]) => settle({ outcome: 'answered', result: wordsOf(args) })
  const refuse = (error: unknown) => settle({ outcome: 'refused', result: wordsOf(error) })
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault()
    refuse(event.reason)
  }
  // What a callback of old waits for in vain, teams-js throws where nobody hears it.
  addEventListener('unhandledrejection', onRejection)
  try {
    const hear = () => {}
    const args = argumentsOf(reply, hear)[name] ?? (isHandler(name) ? [hear] : [])
    const returned = exported(...args)
    if (returned instanceof Promise) returned.then(reply, refuse)
    else if (!args.includes(reply)) settle({ outcome: 'told', result: wordsOf(returned) })
  } catch (error) {
    refuse(error)
  }
  await (slow.has(name) ? settled : Promise.race([settled, laterAnswers(() => became !== undefined)]))
  removeEventListener('unhandledrejection', onRejection)
  return { name, ...(became ?? { outcome: 'waits', result: '' }) }
}

function wordsOf(value: unknown): string {
  if (value instanceof Error) return value.message
  if (value instanceof MessagePort) return 'a port'
  try {
    return JSON.stringify(value) ?? 'undefined'
  } catch {
    return String(value)
  }
}

/** Every capability that there is, whatever the host has told: now each function asks the host. */
function claimEverything(): void {
  const everything: object = new Proxy({}, { get: (_, name) => (typeof name === 'string' ? everything : undefined) })
  const hostVersionsInfo = { adaptiveCardSchemaVersion: { majorVersion: 1, minorVersion: 6 } }
  const may = { isNAAChannelRecommended: true, canParentManageNAATrustedOrigins: true }
  applyRuntimeConfig({ apiVersion: 4, hostVersionsInfo, ...may, supports: everything })
}

const all = {
  app: teamsJs.app,
  claimEverything,
  names: functions.map(([name]) => name),
  /** Functions that need arguments and have none here: teams-js has grown. */
  without: () => {
    const known = argumentsOf(
      () => {},
      () => {},
    )
    return functions.flatMap(([name, { length }]) => (length > 0 && !known[name] && !isHandler(name) ? [name] : []))
  },
  /** The capabilities that teams-js says this host has. */
  supported: () =>
    functions.flatMap(([name, ask]) => {
      if (!name.endsWith('.isSupported') || !ask()) return []
      return [name.slice(0, -'isSupported'.length)]
    }),
  async callAll(): Promise<Called[]> {
    const called: Called[] = []
    for (const [name, exported] of functions) called.push(await call(name, exported))
    return called
  },
}

declare global {
  interface Window {
    all: typeof all
  }
}

window.print = () => {}
window.all = all
