// Promises of a page that are watched until they settle, with the time by the clock of the page.

import type { Frame, Page } from 'playwright'

export type Place = Page | Frame

export interface Watched {
  /** `undefined`: it has not settled. */
  readonly settledAfterMs: number | undefined
  /** The code of what it rejected with, or `undefined`. Not an `AuthError`: its text. */
  readonly code: string | undefined
  readonly remedy: string | undefined
  readonly value: unknown
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

declare global {
  interface Window {
    watched?: Map<string, Mutable<Watched>>
  }
}

/** What is called in the page, by name: a test cannot hand over a function and get back a promise that is still pending. */
export type WatchedCall = 'call' | 'token' | 'ready' | 'claims' | 'sign-in' | 'sign-out' | 'sign-out at Entra ID'

export function watch(place: Place, name: WatchedCall): Promise<void> {
  return place.evaluate((which) => {
    const { app } = window
    const calls: Record<string, () => Promise<unknown>> = {
      call: async () => (await app.me()).status,
      token: () => app.auth.getToken().then(() => 'a token'),
      claims: () => app.auth.getToken([], { claims: '{"access_token":{}}' }).then(() => 'a token'),
      ready: () => app.auth.ready.then(({ status }) => status),
      'sign-in': () => app.auth.signIn(),
      'sign-out': () => app.auth.signOut(),
      'sign-out at Entra ID': () => app.auth.signOut({ entra: true }),
    }
    const watched = new Map(window.watched)
    window.watched = watched
    const began = Date.now()
    const entry: Mutable<Watched> = { settledAfterMs: undefined, code: undefined, remedy: undefined, value: undefined }
    watched.set(which, entry)
    const settle = (found: Partial<Watched>) => Object.assign(entry, found, { settledAfterMs: Date.now() - began })
    calls[which]?.().then(
      (value) => settle({ value }),
      (error: { code?: string; remedy?: string }) =>
        settle({ code: error?.code ?? String(error), remedy: error?.remedy }),
    )
  }, name)
}

/** What is watched, by name. Empty where the page has been left. */
export async function watchedOf(place: Place): Promise<ReadonlyMap<string, Watched>> {
  return new Map(await place.evaluate(() => [...(window.watched ?? [])]))
}

export async function haveSettled(place: Place): Promise<boolean> {
  return place.evaluate(() => [...(window.watched?.values() ?? [])].every((each) => each.settledAfterMs !== undefined))
}
