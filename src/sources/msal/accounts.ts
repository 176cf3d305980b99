// The sessions and accounts that MSAL keeps in storage, read and removed there directly.

import type { AccountInfo, IPublicClientApplication } from '@azure/msal-browser'
import { createNote, type Note, noteKey } from '../../page/notes.js'
import { eachStorage, ownEntries, removeEntries, tokenEntries } from './entries.js'

const LAST_WRITE = 'last-write'

/** Where MSAL notes the redirect or popup of this tab that has begun, of whichever app. */
export const INTERACTION_KEY = 'msal.interaction.status'

/** Removes the tokens of a client ID, and the accounts that no other client ID has tokens of. */
export function removeSession(window: Window, clientId: string): void {
  removeEntries(window, clientId)
  eachStorage(window, removeOrphanAccounts)
}

/** Removes the tokens of all accounts but this one. */
export function removeTokensOfOthers(window: Window, clientId: string, { homeAccountId }: AccountInfo): void {
  const tokens = tokenEntries(clientId)
  const owner = homeAccountId.toLowerCase()
  const isOthers = (key: string) => tokens.test(key) && !key.toLowerCase().includes(owner)
  eachStorage(window, (storage, keys) => {
    for (const key of keys.filter(isOthers)) storage.removeItem(key)
  })
  eachStorage(window, removeOrphanAccounts)
}

/**
 * Removes what a tab has stored that missed a sign-out in another one, for example while it was frozen. Not an account without
 * tokens: that tab may be in the middle of storing the next sign-in, and MSAL begins with the account.
 */
function removeLateSession(window: Window, clientId: string): void {
  const own = ownEntries(clientId)
  let hasEntries = false
  eachStorage(window, (_, keys) => {
    hasEntries ||= keys.some((key) => own.test(key))
  })
  if (hasEntries) removeSession(window, clientId)
}

/** @param signedOut where the user has signed out */
export function forgetSession(window: Window, clientId: string, signedOut: 'here' | 'elsewhere'): void {
  if (signedOut === 'here') removeSession(window, clientId)
  else removeLateSession(window, clientId)
}

/**
 * Removes a late session. Where MSAL has noted an interaction, that may be the next sign-in, or one that the user came back
 * from: then only the tokens from before the sign-out.
 */
export function removeLeftovers(window: Window, clientId: string, signedOutAt: number): void {
  let isInteracting = false
  eachStorage(window, (storage) => {
    isInteracting ||= storage.getItem(INTERACTION_KEY)?.includes(clientId) === true
  })
  if (isInteracting) removeTokensUntil(window, clientId, signedOutAt)
  else removeLateSession(window, clientId)
}

function removeTokensUntil(window: Window, clientId: string, time: number): void {
  const tokens = tokenEntries(clientId)
  const isBefore = (at: number) => at > 0 && at <= time
  eachStorage(window, (storage, keys) => {
    const old = keys.filter((key) => tokens.test(key) && isBefore(updatedAt(storage.getItem(key))))
    for (const key of old) storage.removeItem(key)
  })
}

/**
 * Accounts are shared by all client IDs: `msal.3|<account>|<environment>|<tenant>`, and tokens of them have their type in the
 * place of the tenant. MSAL 4 had `-` in between.
 */
function removeOrphanAccounts(storage: Storage, keys: readonly string[]): void {
  for (const list of keys.filter((key) => /^msal\.(\d+\.)?account\.keys$/.test(key))) {
    const accounts = JSON.parse(storage.getItem(list) ?? '[]') as string[]
    const kept = accounts.filter((account) => hasTokens(account, keys))
    for (const account of accounts) if (!kept.includes(account)) storage.removeItem(account)
    if (kept.length > 0) storage.setItem(list, JSON.stringify(kept))
    else storage.removeItem(list)
  }
}

function hasTokens(account: string, keys: readonly string[]): boolean {
  return keys.some((key) => {
    const [owner = key] = key.split(/\w*token\w*[|-]/)
    return owner !== key && account.startsWith(owner)
  })
}

/**
 * When MSAL last stored tokens for an `Auth` of this origin, but for a sign-in, in milliseconds since the epoch. Another tab can
 * hear late of a sign-out: what it stores until then is no sign-in.
 */
export function openLastWrite(window: Window, clientId: string): Note {
  return createNote(window, clientId, LAST_WRITE, ['localStorage', 'sessionStorage'])
}

/**
 * Whether somebody has signed in after `signedOutAt` with another app that uses MSAL for this client ID: twodoor itself would
 * have cleared the signed-out flag. An entry with a time in the future was written before the clock was set back, so it
 * proves nothing.
 */
export function hasSignedInSince(window: Window, clientId: string, signedOutAt: number): boolean {
  const own = ownEntries(clientId)
  const now = Date.now()
  const signIns: number[] = []
  const ownWrites: number[] = []
  eachStorage(window, (storage, keys) => {
    const ofSignIns = keys.filter((key) => own.test(key) && /\Widtoken\W/.test(key))
    signIns.push(...ofSignIns.map((key) => updatedAt(storage.getItem(key))))
    ownWrites.push(Number(storage.getItem(noteKey(clientId, LAST_WRITE))))
  })
  const since = Math.max(signedOutAt, ...ownWrites.filter((time) => time <= now))
  return signIns.some((time) => time > since && time <= now)
}

/** Stands in clear text even in entries that MSAL encrypts. */
function updatedAt(entry: string | null): number {
  try {
    const { lastUpdatedAt } = JSON.parse(entry ?? '') as { lastUpdatedAt?: unknown }
    return Number(lastUpdatedAt) || 0
  } catch {
    return 0
  }
}

/**
 * The account to ask a token for: the active one, else the same as before, else the one of `loginHint`, else the only
 * one.
 */
export function chooseAccount(
  client: IPublicClientApplication,
  loginHint: string | undefined,
  before: AccountInfo | undefined,
): AccountInfo | undefined {
  const active = client.getActiveAccount()
  if (active) return active
  const accounts = client.getAllAccounts()
  const same = accounts.find(({ homeAccountId }) => homeAccountId === before?.homeAccountId)
  if (same) return same
  if (loginHint) return accounts.find(({ username }) => username.toLowerCase() === loginHint.toLowerCase())
  return accounts.length === 1 ? accounts[0] : undefined
}

/**
 * The account to give to MSAL's logout. With the real ID MSAL would clear the account for all client IDs of the origin; ours
 * is cleared already. Entra ID still learns whom to sign out.
 */
export function accountForLogout(account: AccountInfo | undefined, authority: string): AccountInfo {
  const noId = { homeAccountId: 'signed-out', localAccountId: '', tenantId: '', username: '' }
  return { ...account, ...noId, environment: account?.environment ?? new URL(authority).host }
}
