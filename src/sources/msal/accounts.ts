// Whose session MSAL keeps: in storage, read as it lies there, and among its accounts.

import type { AccountInfo, IPublicClientApplication } from '@azure/msal-browser'
import { eachStorage, ownEntries, removeEntries } from './entries.js'

/** Which redirect, or popup, of this tab is on its way, of all apps that use MSAL. */
export const STATUS_KEY = 'msal.interaction.status'

/** Removes what MSAL keeps of a session here: the tokens, and the accounts that no other client ID has tokens of. */
export function removeSession(window: Window, clientId: string): void {
  removeEntries(window, clientId)
  eachStorage(window, removeOrphans)
}

/**
 * Removes what a tab has still stored that was not there to hear of a sign-out. Not while an answer of Entra ID is being
 * worked on, which may be the next sign-in.
 */
export function removeLeftovers(window: Window, clientId: string): void {
  let isUnderWay = false
  eachStorage(window, (storage) => {
    isUnderWay ||= storage.getItem(STATUS_KEY)?.includes(clientId) === true
  })
  if (!isUnderWay) removeSession(window, clientId)
}

/** Accounts are shared by all client IDs: `msal.3|<account>|<environment>|<tenant>`, before a token's `|<type>|…`. */
function removeOrphans(storage: Storage, keys: readonly string[]): void {
  for (const list of keys.filter((key) => /^msal\.(\d+\.)?account\.keys$/.test(key))) {
    const accounts = JSON.parse(storage.getItem(list) ?? '[]') as string[]
    const kept = accounts.filter((account) => hasTokens(account, keys))
    for (const account of accounts) if (!kept.includes(account)) storage.removeItem(account)
    if (kept.length > 0) storage.setItem(list, JSON.stringify(kept))
    else storage.removeItem(list)
  }
}

function hasTokens(account: string, keys: readonly string[]): boolean {
  const owner = account.split('|').slice(0, 3).join('|')
  return keys.some((key) => key.startsWith(`${owner}|`) && /\|\w*token\w*\|/.test(key))
}

/**
 * Whether somebody signed in after a sign-out at `flaggedAt`, with another app that uses MSAL for this client ID: twodoor
 * itself would have cleared the flag. What is of the future was written before the clock was put back: nobody can tell
 * when.
 */
export function isOutlived(window: Window, clientId: string, flaggedAt: number): boolean {
  const own = ownEntries(clientId)
  const now = Date.now()
  let outlived = false
  eachStorage(window, (storage, keys) => {
    const times = keys
      .filter((key) => own.test(key) && /\Widtoken\W/.test(key))
      .map((key) => updatedAt(storage.getItem(key)))
    outlived ||= times.some((time) => time > flaggedAt && time <= now)
  })
  return outlived
}

/** MSAL notes it on entries that it encrypts, too. */
function updatedAt(entry: string | null): number {
  try {
    const { lastUpdatedAt } = JSON.parse(entry ?? '') as { lastUpdatedAt?: unknown }
    return Number(lastUpdatedAt) || 0
  } catch {
    return 0
  }
}

/**
 * Whose token to ask for: the account chosen last, the one that it was until now, the one that the app prefers, or the
 * only one.
 */
export function accountAtHand(
  client: IPublicClientApplication,
  loginHint: string | undefined,
  last: AccountInfo | undefined,
): AccountInfo | undefined {
  const active = client.getActiveAccount()
  if (active) return active
  const accounts = client.getAllAccounts()
  const same = accounts.find(({ homeAccountId }) => homeAccountId === last?.homeAccountId)
  if (same) return same
  if (loginHint) return accounts.find(({ username }) => username.toLowerCase() === loginHint.toLowerCase())
  return accounts.length === 1 ? accounts[0] : undefined
}

/**
 * What MSAL is told to sign out: of its own it would clear the account for all client IDs of the origin. What was to be
 * cleared has been; what tells Entra ID whom to sign out is left.
 */
export function standIn(account: AccountInfo | undefined, authority: string): AccountInfo {
  const nobody = { homeAccountId: 'signed-out', localAccountId: '', tenantId: '', username: '' }
  return { ...account, ...nobody, environment: account?.environment ?? new URL(authority).host }
}
