// Starts the parts: one server, under two names.

import { isAuthError } from '../../shared/errors.js'
import { type EntraEmulator, openEntraEmulator } from '../../testing/entra/entra.js'
import { createParts, keepParts, type Parts } from '../../testing/entra/parts.js'
import { checkEntraOptions, type EntraSettings } from '../../testing/entra/settings.js'
import { entraTeamsUser } from '../../testing/entra-mint.js'
import { type Listener, listen, type RequestHandler } from '../../testing/node.js'
import { UsageError } from '../command.js'
import { createControls } from './controls.js'
import { createEntraSite } from './entra-site.js'
import { type DevOrigins, devOrigins, partOf } from './gate.js'
import { createHostSite } from './host-site.js'
import { createDevMint } from './mint.js'
import type { DevOptions } from './options.js'
import type { StateFile } from './state-file.js'
import { createWire } from './wire.js'

export interface DevHost {
  readonly origins: DevOrigins
  /** What the app passes to `createAuth`. */
  readonly authOptions: object
  /** What the server of the app passes to `createVerifier`. */
  readonly verifierOptions: object
  close(): Promise<void>
}

/** @throws {UsageError} the port is taken, the state cannot be kept, or an option of the app registration is not valid */
export async function startDevHost(
  options: DevOptions,
  state: StateFile,
  say: (line: string) => void,
): Promise<DevHost> {
  const { app, port } = options
  const origins = devOrigins(app.origin, port)
  const settings = settingsOf(options, origins)
  const about = JSON.stringify([settings.clientId, settings.tenant, app.origin])
  const parts = await partsOf(settings, state, about)
  const entra = openEntraEmulator(settings, parts)
  const ended = new AbortController()
  const keep = async () => state.write(about, await keepParts(parts))
  let hasSaid = false
  /** Who asks now gets an answer all the same: its code cannot be used a second time. */
  const keepIfPossible = () =>
    keep().catch(({ code, name }: NodeJS.ErrnoException) => {
      const line = `${state.path} cannot be written (${code ?? name}): what happens from now on is forgotten when this command ends.`
      if (!hasSaid) say(line)
      hasSaid = true
    })

  const handler = createSites({ entra, origins, appUrl: app.url, keep: keepIfPossible, ended: ended.signal })
  const listeners = await listenOnLoopback(handler, port)
  async function close(): Promise<void> {
    ended.abort()
    await Promise.all(listeners.map((each) => each.close()))
    entra.dispose()
  }
  // Not before it listens: with a port that is taken, the file is somebody else's.
  await keep().catch(async (error: NodeJS.ErrnoException) => {
    await close()
    if (error.code === undefined) throw error
    throw new UsageError(`${state.path} cannot be written (${error.code}).`, { cause: error })
  })
  const { clientId, tenants, authority } = entra.verifierOptions()
  return {
    origins,
    authOptions: { ...entra.authOptions(), host: { origins: [origins.host] } },
    verifierOptions: { clientId, tenants, authority },
    close,
  }
}

interface SitesOptions {
  readonly entra: EntraEmulator
  readonly origins: DevOrigins
  readonly appUrl: string
  readonly ended: AbortSignal
  keep(): Promise<void>
}

function createSites({ entra, origins, appUrl, ended, keep }: SitesOptions): RequestHandler {
  const wire = createWire()
  const controls = createControls(entra, wire)
  const answerEntra = createEntraSite({ entra, origins, wire, keep })
  const answerHost = createHostSite({
    origins,
    wire,
    controls,
    keep,
    ended,
    mint: createDevMint(entra, wire),
    config: {
      appUrl,
      appOrigin: origins.app,
      clientId: entra.clientId,
      environment: new URL(entra.authOptions().authority).host,
      users: entra.users.map(({ username }) => entraTeamsUser(entra, username)),
      controls: [...controls.keys()],
    },
  })
  return {
    async handle(request) {
      switch (partOf(request, origins)) {
        case 'host':
          return answerHost(request)
        case 'entra':
          return answerEntra(request)
        case undefined:
          return new Response(`Open ${origins.host}/ instead.`, { status: 421 })
      }
    },
  }
}

function settingsOf({ app, clientId, tenant, scopes }: DevOptions, { entra }: DevOrigins): EntraSettings {
  const redirectUris = (url: URL) => url.origin === app.origin
  try {
    return checkEntraOptions({ url: entra, clientId, tenant, scopes, redirectUris })
  } catch (error) {
    if (!isAuthError(error, 'config_invalid')) throw error
    throw new UsageError(error.message, { cause: error })
  }
}

/** What cannot be read is forgotten: everybody signs in anew. */
async function partsOf(settings: EntraSettings, state: StateFile, about: string): Promise<Parts> {
  try {
    const parts = createParts(settings, await state.read(about))
    await parts.keys.published()
    return parts
  } catch {
    return createParts(settings)
  }
}

/** At both addresses that `localhost` can mean: somebody else at one of them would get what is meant for us. */
async function listenOnLoopback(handler: RequestHandler, port: number): Promise<readonly Listener[]> {
  const first = await listenAt(handler, port, '127.0.0.1')
  try {
    return [first, await listenAt(handler, port, '::1')]
  } catch (error) {
    if (hasNoSuchAddress(error)) return [first]
    await first.close()
    throw error
  }
}

async function listenAt(handler: RequestHandler, port: number, host: string): Promise<Listener> {
  try {
    return await listen(handler, { port, host })
  } catch (error) {
    if (!isAuthError(error, 'config_invalid')) throw error
    throw new UsageError(`${error.message} End what listens there, or choose another one with --port.`, {
      cause: error,
    })
  }
}

/** A machine without IPv6. */
function hasNoSuchAddress(error: unknown): boolean {
  return ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes((error as NodeJS.ErrnoException).code ?? '')
}
