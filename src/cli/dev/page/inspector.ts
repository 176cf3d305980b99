// The claims of the last token of each door, and whether both are of one user.

import { accountOf } from '../../../shared/claims.js'
import type { DoorName, SeenToken } from '../wire.js'
import { element, shortKey, spanOf, timeOf } from './elements.js'

/** What tells tokens of two doors apart, first. */
const first = ['name', 'preferred_username', 'upn', 'aud', 'scp', 'azp', 'appid', 'tid', 'oid', 'ver', 'exp']
const times = ['exp', 'iat', 'nbf']
const TICK_MS = 1_000

export interface Inspector {
  show(token: SeenToken): void
}

export function createInspector(part: (name: string) => HTMLElement): Inspector {
  const seen = new Map<DoorName, SeenToken>()
  setInterval(() => seen.forEach(showLifetime), TICK_MS)

  function show(token: SeenToken): void {
    const { door, claims } = token
    seen.set(door, token)
    const key = accountOf(claims)?.key
    part(`${door}-key`).textContent = key === undefined ? 'nobody' : shortKey(key)
    part(`${door}-key`).title = `${String(claims['name'])}, ${key}`
    part(`${door}-token`).replaceChildren(element('p', 'lifetime'), listOf(claims))
    showLifetime(token)
    showVerdict()
  }

  function showLifetime({ door, at, how, claims }: SeenToken): void {
    const left = Number(claims['exp']) * 1_000 - Date.now()
    const ends = left > 0 ? `ends in ${spanOf(left)}` : 'has ended'
    const place = part(`${door}-token`).querySelector('.lifetime')
    if (place) place.textContent = `${door === 'host' ? 'Host' : 'Browser'}, ${how}, ${timeOf(at)}: ${ends}`
  }

  function showVerdict(): void {
    const [browser, host] = [seen.get('browser'), seen.get('host')].map(
      (token) => token && accountOf(token.claims)?.key,
    )
    const same = browser && host ? String(browser === host) : 'none'
    const texts: Record<string, string> = { true: 'the same user', false: 'two users', none: 'waiting for both doors' }
    part('identity').dataset['same'] = same
    part('verdict').textContent = texts[same] ?? ''
  }

  return { show }
}

function listOf(claims: SeenToken['claims']): HTMLElement {
  const names = Object.keys(claims).sort((a, b) => placeOf(a) - placeOf(b))
  const list = element('dl', '')
  for (const name of names) list.append(element('dt', '', name), element('dd', '', textOf(name, claims[name])))
  return list
}

function placeOf(name: string): number {
  const place = first.indexOf(name)
  return place < 0 ? first.length : place
}

function textOf(name: string, value: unknown): string {
  if (times.includes(name) && typeof value === 'number') return `${value} (${timeOf(value * 1_000)})`
  return typeof value === 'string' ? value : JSON.stringify(value)
}
