// Whether the page is connected to its host. The host can answer late, when the page has gone on without it.

import type { Host } from '../../page/host.js'
import type { Settings } from '../../settings.js'
import type { AroundHost, Refusal } from '../source.js'
import { type ConnectedHost, connectToHost, type TeamsLibrary } from './connected-host.js'
import { refusalOfInitialize } from './refusals.js'

/** Real hosts take longer than 5 s under load (OfficeDev/microsoft-teams-library-js#2590). */
const CERTAIN_HOST_DEADLINE_MS = 30_000
/** Where only trying can tell, a person waits for 5 s at the most. Half a second of that is for loading teams-js. */
const UNCERTAIN_HOST_DEADLINE_MS = 4_500

export interface HostConnectionContext {
  readonly library: TeamsLibrary
  readonly settings: Settings
  readonly window: Window
  readonly host: Host
  readonly aroundHost?: AroundHost
  onHostKnown(host: Partial<Host>): void
}

export interface HostConnection {
  /** The host, once it has answered. */
  readonly connected: ConnectedHost | undefined
  /** Settles once the host has answered `initialize`, or with the refusal that it did not. */
  open(): Promise<Refusal | undefined>
  dispose(): void
}

/** @param onLateHost - called for a host that answers after it was given up */
export function createHostConnection(context: HostConnectionContext, onLateHost: () => void): HostConnection {
  const { settings, host } = context
  let connected: ConnectedHost | undefined
  let connecting: Promise<Refusal | undefined> | undefined
  let disposed = false

  async function connectOnce(): Promise<Refusal | undefined> {
    if (connected) return undefined
    const deadlineMs = host.certain ? CERTAIN_HOST_DEADLINE_MS : UNCERTAIN_HOST_DEADLINE_MS
    const options = { ...context, origins: settings.host.origins, notifyLoaded: settings.notifyLoaded }
    try {
      const answered = await connectToHost(options, deadlineMs, connectLate)
      if (!answered) return refusalOfInitialize(`teams-js ${context.library.version}`)
      replaceConnection(answered, 'the host answered')
      return disposed ? { refused: 'disposed' } : undefined
    } catch (cause) {
      return refusalOfInitialize(cause)
    }
  }

  function connectLate(answered: ConnectedHost): void {
    const isFirst = connected === undefined
    replaceConnection(answered, 'the host answered late')
    if (!disposed && isFirst) onLateHost()
  }

  function replaceConnection(answered: ConnectedHost, reason: string): void {
    connected?.dispose()
    connected = answered
    if (disposed) answered.dispose()
    else context.onHostKnown({ kind: 'teams', certain: true, reasons: [...host.reasons, reason] })
  }

  return {
    get connected() {
      return connected
    },
    open() {
      connecting ??= connectOnce().then((refusal) => {
        if (refusal) connecting = undefined
        return refusal
      })
      return connecting
    },
    dispose() {
      disposed = true
      connected?.dispose()
    },
  }
}
