// MSAL's client over a cache that other tabs use too. MSAL 5 keeps a copy of localStorage in memory and brings it up to
// date some time after another tab has written; asked in between it misses tokens, and removes them from storage because
// it misses them. So tabs take turns, and after a change by another tab a new client reads storage anew.

import type { Configuration, IPublicClientApplication } from '@azure/msal-browser'
import type { Settings } from '../../options.js'
import { withDeadline } from '../../shared/deadline.js'
import { load } from '../load.js'
import { type Refusal, timedOut } from '../source.js'
import { configurationOf, type MsalLibrary } from './client.js'
import { ownEntries } from './entries.js'
import { refusalOfMsal } from './refusals.js'

const INITIALIZE_DEADLINE_MS = 45_000

export interface SharedClientContext {
  readonly library: MsalLibrary
  readonly settings: Settings
  readonly window: Window
  readonly nativeFetch: typeof fetch
  readonly disposed: AbortSignal
}

export interface SharedClient {
  /** For what only leaves the page. */
  readonly current: IPublicClientApplication
  /** Calls with a client that knows what is in storage, while no other tab changes it. */
  use<T>(call: (client: IPublicClientApplication) => Promise<T>): Promise<T | Refusal>
  /** Whether somebody else has changed since what is in storage. */
  changed(): boolean
  /** Whether MSAL keeps everything in memory. */
  readonly isInMemory: boolean
}

interface Opened {
  readonly client: IPublicClientApplication
  close(): void
}

export async function openSharedClient(context: SharedClientContext): Promise<SharedClient | Refusal> {
  const { settings, window, disposed } = context
  const configuration = configurationOf(settings, context.nativeFetch)
  const storage = storageOf(window, configuration)
  const isShared = configuration.cache?.cacheLocation === 'localStorage' && storage !== undefined
  const taking = isShared ? await load(() => import('./lock.js')) : { createLock: () => atOnce }
  if ('refused' in taking) return taking
  const lock = taking.createLock(window, settings.clientId)
  const look = () => (storage ? textOf(storage, settings.clientId) : '')
  let opened: Opened | Refusal = await lock(() => open(context, configuration))
  if ('refused' in opened) return opened
  let { client, close } = opened
  let seen = look()
  let inUse = 0
  disposed.addEventListener('abort', closeIfOver)

  /** Not in the middle of a call: MSAL would fail to tell of what it has just stored. */
  function closeIfOver(): void {
    if (disposed.aborted && inUse === 0) close()
  }

  async function renew(): Promise<Refusal | undefined> {
    opened = await open(context, configuration)
    if ('refused' in opened) return opened
    close()
    ;({ client, close } = opened)
    return undefined
  }

  return {
    get current() {
      return client
    },
    use: (call) =>
      lock(async () => {
        const refusal = isShared && look() !== seen ? await renew() : undefined
        if (refusal) return refusal
        inUse += 1
        try {
          return await call(client)
        } finally {
          inUse -= 1
          seen = look()
          closeIfOver()
        }
      }),
    changed: () => look() !== seen,
    isInMemory: storage === undefined,
  }
}

/** In storage of its own a tab takes no turns. */
function atOnce<T>(use: () => Promise<T>): Promise<T> {
  return use()
}

async function open(context: SharedClientContext, configuration: Configuration): Promise<Opened | Refusal> {
  const { library, window } = context
  try {
    const [client, close] = withChannels(() => new library.PublicClientApplication(configuration))
    const opening = client.initialize().then(() => ({ client, close }))
    return await withDeadline<Opened | Refusal>(opening, INITIALIZE_DEADLINE_MS, timedOut)
  } catch (cause) {
    return refusalOfMsal(cause, window.navigator)
  }
}

/**
 * A client of MSAL's has no end: its channels would hear, and decrypt, every change for as long as the page lives. So they
 * are noted while it is made, which is synchronous, and nobody else makes one in that time.
 */
function withChannels<T>(make: () => T): [T, () => void] {
  const channels: BroadcastChannel[] = []
  const native = globalThis.BroadcastChannel
  const close = () => {
    for (const channel of channels) channel.close()
  }
  if (!native) return [make(), close]
  globalThis.BroadcastChannel = class extends native {
    constructor(name: string) {
      super(name)
      channels.push(this)
    }
  }
  try {
    return [make(), close]
  } finally {
    globalThis.BroadcastChannel = native
  }
}

function storageOf(window: Window, { cache }: Configuration): Storage | undefined {
  try {
    if (cache?.cacheLocation === 'localStorage') return window.localStorage
    return cache?.cacheLocation === 'sessionStorage' ? window.sessionStorage : undefined
  } catch {
    return undefined
  }
}

function textOf(storage: Storage, clientId: string): string {
  const own = ownEntries(clientId)
  const isWatched = (key: string) => own.test(key) || key.endsWith('account.keys')
  const keys = Object.keys(storage).filter(isWatched).sort()
  return JSON.stringify(keys.map((key) => [key, storage.getItem(key)]))
}
