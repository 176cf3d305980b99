// What the command line asks for, checked before anything listens.

import type { ParseArgsConfig } from 'node:util'
import { UsageError } from '../command.js'
import { readFlags } from '../flags.js'
import { type App, readApp } from './app.js'
import { type EnvTarget, readEnvTarget } from './env-file.js'

export const DEFAULT_PORT = 4750
const LARGEST_PORT = 65_535

export interface DevOptions {
  readonly app: App
  readonly port: number
  /** Where to write the options of `createAuth` to. */
  readonly env: EnvTarget | undefined
  /** Of the app registration, where the app has one already. */
  readonly clientId: string | undefined
  readonly tenant: string | undefined
  readonly scopes: readonly string[] | undefined
}

const flags = {
  port: { type: 'string' },
  env: { type: 'string' },
  'client-id': { type: 'string' },
  tenant: { type: 'string' },
  scope: { type: 'string', multiple: true },
} as const satisfies ParseArgsConfig['options']

/** @throws {UsageError} */
export function readDevOptions(args: readonly string[]): DevOptions {
  const { values, positionals } = readFlags('dev', args, flags)
  const [url, ...others] = positionals
  if (url === undefined || others.length > 0)
    throw new UsageError('Name the URL of your app: npx twodoor dev http://localhost:5173')
  return {
    app: readApp(url),
    port: readPort(values.port),
    env: values.env === undefined ? undefined : readEnvTarget(values.env),
    clientId: values['client-id'],
    tenant: values.tenant,
    scopes: values.scope,
  }
}

function readPort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= LARGEST_PORT) return port
  throw new UsageError(`--port takes a number from 1 to ${LARGEST_PORT}, not "${text}".`)
}
