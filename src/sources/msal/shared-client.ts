// MSAL's client over storage that other tabs use too. MSAL 5 keeps a copy of localStorage in memory and updates it some time
// after another tab has written; asked in between it misses tokens, and then removes them from storage. So tabs take turns,
// and after a change by another tab a new client reads storage afresh.

import type { Configuration, IPublicClientApplication } from '@azure/msal-browser'
import type { Settings } from '../../options.js'
import { withDeadline } from '../../shared/deadline.js'
import { load } from '../load.js'
import { type Refusal, timedOut } from '../source.js'
import { configurationOf, type MsalLibrary } from './client.js'
import { ownEntries } from './entries.js'
import { refusalOfMsal } from './refusals.js'
import { hideRefusedChannels } from './refused-channels.js'

const INITIALIZE_DEADLINE_MS = 45_000

export interface SharedClientContext {
  readonly library: MsalLibrary
  readonly settings: Settings
  readonly window: Window
  readonly nativeFetch: typeof fetch
  readonly disposed: AbortSignal
}

export interface SharedClient {
  /** For calls that only leave the page. */
  readonly current: IPublicClientApplication
  /** Calls with a client that knows what is in storage, while no other tab writes. */
  use<T>(call: (client: IPublicClientApplication) => Promise<T>): Promise<T | Refusal>
  /** Whether somebody else has changed storage since the last call. */
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
  const isShared = configuration.cache?.cacheLocation === 'localStorage' && !!storage
  const locking = isShared ? await load(() => import('./lock.js')) : { createLock: () => withoutLock }
  if ('refused' in locking) return locking
  const lock = locking.createLock(window, settings.clientId)
  const readSnapshot = () => (storage ? snapshotOf(storage, settings.clientId) : '')
  let opened: Opened | Refusal = await lock(() => openClient(context, configuration))
  if ('refused' in opened) return opened
  let { client, close } = opened
  let seen = readSnapshot()
  let inUse = 0
  disposed.addEventListener('abort', closeIfDisposed)

  /** Not in the middle of a call: MSAL would fail when it broadcasts what it has just stored. */
  function closeIfDisposed(): void {
    if (disposed.aborted && inUse === 0) close()
  }

  async function replaceClient(): Promise<Refusal | undefined> {
    opened = await openClient(context, configuration)
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
        const refusal = isShared && readSnapshot() !== seen ? await replaceClient() : undefined
        if (refusal) return refusal
        inUse += 1
        try {
          return await call(client)
        } finally {
          inUse -= 1
          seen = readSnapshot()
          closeIfDisposed()
        }
      }),
    changed: () => readSnapshot() !== seen,
    isInMemory: !storage, // a WebKit without localStorage has `null` there
  }
}

/** In storage of its own a tab need not wait for others. */
function withoutLock<T>(use: () => Promise<T>): Promise<T> {
  return use()
}

async function openClient(context: SharedClientContext, configuration: Configuration): Promise<Opened | Refusal> {
  const { library, window } = context
  const showAgain = hideRefusedChannels()
  try {
    const [client, close] = collectChannels(() => new library.PublicClientApplication(configuration))
    const opening = client.initialize().then(() => ({ client, close }))
    return await withDeadline<Opened | Refusal>(opening, INITIALIZE_DEADLINE_MS, timedOut)
  } catch (cause) {
    return refusalOfMsal(cause, window.navigator)
  } finally {
    showAgain()
  }
}

/**
 * MSAL's client cannot be closed: its channels would receive, and decrypt, every change for as long as the page lives. So they
 * are collected while it is constructed. That is synchronous, so they cannot be anybody else's.
 */
function collectChannels<T>(construct: () => T): [T, () => void] {
  const channels: BroadcastChannel[] = []
  const native = globalThis.BroadcastChannel
  const closeChannels = () => {
    for (const channel of channels) channel.close()
  }
  if (!native) return [construct(), closeChannels]
  globalThis.BroadcastChannel = class extends native {
    constructor(name: string) {
      super(name)
      channels.push(this)
    }
  }
  try {
    return [construct(), closeChannels]
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

function snapshotOf(storage: Storage, clientId: string): string {
  const own = ownEntries(clientId)
  const isWatched = (key: string) => own.test(key) || key.endsWith('account.keys')
  const keys = Object.keys(storage).filter(isWatched).sort()
  return JSON.stringify(keys.map((key) => [key, storage.getItem(key)]))
}
