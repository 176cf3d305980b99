// The caches of MSAL in the store of the app. It is there to spare requests: one that fails or hangs must not cost the call.

import { withDeadline } from '../../shared/deadline.js'
import { createDevelopmentLog } from '../development.js'
import type { MsalClient } from './load-msal.js'
import type { OnBehalfOfStore } from './options.js'

export interface CacheStore {
  /** `undefined` where there is nothing, or the store does not answer. */
  read(name: string): Promise<string | undefined>
  write(name: string, text: string): Promise<unknown>
}

/** What stands in the place of the cache of a user who is forgotten. */
export const FORGOTTEN = ''

/** Clients of Redis wait for as long as it is down. */
const DEADLINE_MS = 1_000

export function createCacheStore(store: OnBehalfOfStore | undefined): CacheStore | undefined {
  if (!store) return undefined
  const log = createDevelopmentLog('a cache of tokens')

  async function inTime<T>(use: () => Promise<T>): Promise<T | undefined> {
    try {
      return await withDeadline<T>(Promise.resolve().then(use), DEADLINE_MS, tooLate)
    } catch {
      const reason = 'The `store` of createOnBehalfOf() fails, or takes over a second. The tokens are asked for again.'
      log({ code: 'store', reason })
      return undefined
    }
  }

  return {
    async read(name) {
      const text: unknown = await inTime(() => store.get(name))
      return typeof text === 'string' ? text : undefined
    },
    write: (name, text) => inTime(() => store.set(name, text)),
  }
}

function tooLate(): never {
  throw new Error('too late')
}

/** Whether the client could read what the store has, and can still write. */
export function fill(client: MsalClient, stored: string | undefined): boolean {
  try {
    if (stored) client.getTokenCache().deserialize(stored)
    return textOf(client) !== ''
  } catch {
    return false
  }
}

/** The cache as it is stored: without refresh tokens, which nothing here asks with, and which last for months. */
export function textOf(client: MsalClient): string {
  return JSON.stringify({ ...JSON.parse(client.getTokenCache().serialize()), RefreshToken: {} })
}
