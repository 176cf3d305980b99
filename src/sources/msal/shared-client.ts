// MSAL's client over storage that other tabs use too. MSAL 5 keeps a copy of localStorage in memory and updates it some time
// after another tab has written; asked in between it misses tokens, and then removes them from storage. So tabs take turns,
// and after a change by another tab a new client reads storage afresh.

import type { Configuration, IPublicClientApplication } from '@azure/msal-browser'
import { withDeadline } from '../../shared/deadline.js'
import { load } from '../load.js'
import { type Refusal, timedOut } from '../source.js'
import { type ClientContext, configurationOf } from './client.js'
import { ownEntries } from './entries.js'
import { refusalOfMsal } from './refusals.js'
import { hideRefusedChannels } from './refused-channels.js'

const INITIALIZE_DEADLINE_MS = 45_000

export interface SharedClient {
  /** For calls that only leave the page. */
  readonly current: IPublicClientApplication
  /**
   * Calls with a client that knows what is in storage, while no other tab writes.
   *
   * @param mayActivate - the call may make another account the active one
   */
  use<T>(call: (client: IPublicClientApplication) => Promise<T>, mayActivate?: boolean): Promise<T | Refusal>
  /** Whether somebody else has changed storage since it was last known who is signed in. */
  changed(): boolean
  /** It is known who is signed in. */
  settleChange(): void
  /** Tells an app that has handed over its client of a sign-out. */
  readonly tellApp: (() => void) | undefined
  /** Whether MSAL keeps everything in memory. */
  readonly isInMemory: boolean
}

interface Opened {
  readonly client: IPublicClientApplication
  /** Calls that are running with it. */
  uses: number
  close(): void
}

export async function openSharedClient(context: ClientContext): Promise<SharedClient | Refusal> {
  const { settings, window, disposed } = context
  let inUse = 0
  let hasChanged = false
  let hasMissedSignIn = false
  const given =
    settings.client &&
    (await load(() => import('./given-client.js')).then((part) =>
      'refused' in part ? part : part.openGivenClient(context, onAppChange),
    ))
  if (given && 'refused' in given) return given
  const configuration = given ? given.configuration : configurationOf(settings, context.nativeFetch)
  const ofApp = given && { ...given, uses: 0 }
  const openAnew = async () => ofApp ?? openClient(context, configuration)
  const storage = storageOf(window, configuration)
  const isShared = configuration.cache?.cacheLocation === 'localStorage' && !!storage
  const locking = isShared ? await load(() => import('./lock.js')) : { createLock: () => withoutLock }
  if ('refused' in locking) return locking
  const lock = locking.createLock(window, settings.clientId)
  const activeKey = `msal.${settings.clientId}.active-account-filters`
  const readActive = () => read((each) => each.getItem(activeKey), null)
  const readSnapshot = () => read((each) => snapshotOf(each, settings.clientId), seen)
  const hasStored = () => readSnapshot() !== storedBefore
  /** In storage, as of the beginning of this tab's turn. */
  let storedBefore = ''
  let seen = ''
  const first: Opened | Refusal = await lock(() => {
    // Not afterwards: MSAL misses what another app writes while it reads.
    storedBefore = readSnapshot()
    seen = storedBefore
    return openAnew()
  }, hasStored)
  if ('refused' in first) return first
  let opened: Opened = first
  disposed.addEventListener('abort', () => closeIfDone(opened))
  // It may have been while the client opened.
  closeIfDone(opened)

  /** While a call of ours runs, it may be of that; a sign-in is not, unless the call may bring one. */
  function onAppChange(hasSignedIn: boolean): void {
    if (inUse > 0) {
      hasMissedSignIn ||= hasSignedIn
      return
    }
    hasChanged = true
    context.onAppChange(hasSignedIn)
  }

  function catchUp(isOurs: boolean): void {
    hasMissedSignIn = false
    if (!isOurs) onAppChange(true)
  }

  /** Not in the middle of a call, whose turn can have been taken away: MSAL would fail when it broadcasts what it has just stored. */
  function closeIfDone(each: Opened): void {
    const isNeeded = each === opened && !disposed.aborted
    if (!isNeeded && each.uses === 0) each.close()
  }

  /** `otherwise`: in storage that has been blocked meanwhile, nothing can be seen to change. */
  function read<T>(look: (storage: Storage) => T, otherwise: T): T {
    try {
      return storage ? look(storage) : otherwise
    } catch {
      return otherwise
    }
  }

  async function replaceClient(): Promise<Refusal | undefined> {
    const next = await openAnew()
    if ('refused' in next) return next
    const last = opened
    opened = next
    closeIfDone(last)
    return undefined
  }

  return {
    get current() {
      return opened.client
    },
    use: (call, mayActivate = false) =>
      lock(async () => {
        const active = readActive()
        storedBefore = readSnapshot()
        const isOutdated = storedBefore !== seen
        hasChanged ||= isOutdated
        const refusal = isShared && isOutdated ? await replaceClient() : undefined
        if (refusal) return refusal
        const own = opened
        own.uses += 1
        inUse += 1
        try {
          return await call(own.client)
        } finally {
          own.uses -= 1
          inUse -= 1
          // Another app takes no turns, and can have switched the account meanwhile: that is not to be missed.
          const isSwitched = !mayActivate && readActive() !== active
          hasChanged ||= isSwitched
          // The client that came after its turn was taken away has not seen what others have stored since.
          if (own === opened) seen = isSwitched ? '' : readSnapshot()
          closeIfDone(own)
          if (hasMissedSignIn && inUse === 0) catchUp(mayActivate)
        }
      }, hasStored),
    changed: () => hasChanged || readSnapshot() !== seen,
    settleChange() {
      hasChanged = false
    },
    tellApp: given?.tellApp,
    isInMemory: !storage, // a WebKit without localStorage has `null` there
  }
}

/** In storage of its own a tab need not wait for others. */
function withoutLock<T>(use: () => Promise<T>): Promise<T> {
  return use()
}

async function openClient(context: ClientContext, configuration: Configuration): Promise<Opened | Refusal> {
  const { library, window } = context
  const showAgain = hideRefusedChannels()
  try {
    const [client, close] = collectChannels(() => new library.PublicClientApplication(configuration))
    const opening = client.initialize().then(() => ({ client, close, uses: 0 }))
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
