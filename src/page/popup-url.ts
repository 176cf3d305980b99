// How a page in a host tells the page of its pop-up what to ask Entra ID for. Never with anything that decides where the pop-up
// goes, or for which app: that is in the pop-up's own page.

import { isScopeList } from '../shared/scope-list.js'
import { isGuid } from '../shared/validate.js'

export interface PopupRequest {
  /** Random. Comes back as the result, so that the page knows its own pop-up's. */
  readonly id: string
  readonly scopes: readonly string[]
  readonly loginHint?: string | undefined
  readonly claims?: string | undefined
  readonly prompt?: string | undefined
}

const NAMES = { id: 'twodoor', scopes: 'scope', loginHint: 'login_hint', claims: 'claims', prompt: 'prompt' }

export function popupUrl(page: string, { scopes, ...request }: PopupRequest): string {
  const url = new URL(page)
  const values: Record<string, string | undefined> = { ...request, scopes: scopes.join(' ') }
  for (const [name, parameter] of Object.entries(NAMES)) {
    const value = values[name]
    if (value) url.searchParams.set(parameter, value)
  }
  return url.href
}

/** What the pop-up was opened for, or `undefined` if it was opened otherwise. */
export function readPopupUrl(search: string): PopupRequest | undefined {
  const given = new URLSearchParams(search)
  const read = (name: keyof typeof NAMES) => given.get(NAMES[name]) ?? undefined
  const id = read('id')
  const scopes = read('scopes')?.split(' ') ?? []
  if (!isGuid(id) || !isScopeList(scopes)) return undefined
  const prompt = read('prompt')
  const isPrompt = prompt !== undefined && /^(select_account|login|consent)$/.test(prompt)
  return { id, scopes, loginHint: read('loginHint'), claims: read('claims'), ...(isPrompt && { prompt }) }
}
