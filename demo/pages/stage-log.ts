import { appendTo, element, shortKey, timeOf } from '../../src/cli/dev/page/elements.js'

/** One line of the server's log. It never holds a token, a query or a body. */
export interface LogLine {
  readonly at: number
  readonly from: 'browser' | 'teams' | 'entra' | 'server'
  readonly what: string
  readonly result: string
  readonly tone: 'good' | 'bad' | 'plain'
  /** The identity that the server verified. */
  readonly key?: string
}

/** Who is connected through each door, as the server verified it. */
export interface Presence {
  readonly browser?: Seen
  readonly teams?: Seen
}

interface Seen {
  readonly key: string
  readonly name: string
}

const LONGEST_LOG = 200

/** Shows what the server tells, and goes on after a lost connection, or a way back to this page, by itself. */
export function watchServer(part: (name: string) => HTMLElement): void {
  let events = listen(part)
  addEventListener('pagehide', () => events.close())
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) events = listen(part)
  })
}

function listen(part: (name: string) => HTMLElement): EventSource {
  const events = new EventSource('/demo/events')
  events.addEventListener('log', ({ data }) =>
    appendTo(part('log'), lineOf(JSON.parse(data as string) as LogLine), LONGEST_LOG),
  )
  events.addEventListener('presence', ({ data }) => showPresence(part, JSON.parse(data as string) as Presence))
  events.addEventListener('open', () => part('log').replaceChildren())
  return events
}

function lineOf({ at, from, what, result, tone, key }: LogLine): HTMLElement {
  const line = element('li', `${from} ${tone}`)
  const who = element('code', 'key', key ? shortKey(key) : '')
  if (key) who.title = key
  const deed = element('span', 'what', what)
  if (result) deed.append(' ', element('span', 'result', result))
  line.append(element('time', '', timeOf(at, 'millisecond')), element('b', 'from', from), deed, who)
  return line
}

function showPresence(part: (name: string) => HTMLElement, { browser, teams }: Presence): void {
  showSeen(part('browser-key'), browser)
  showSeen(part('teams-key'), teams)
  const same = browser && teams ? String(browser.key === teams.key) : 'none'
  part('identity').dataset['same'] = same
  part('verdict').textContent =
    { true: 'the same key', false: 'two people', none: 'waiting for both doors' }[same] ?? ''
}

function showSeen(place: HTMLElement, seen: Seen | undefined): void {
  place.textContent = seen ? shortKey(seen.key) : 'not connected'
  place.title = seen ? `${seen.name}, ${seen.key}` : ''
}
