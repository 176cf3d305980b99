// One Chainlit on the stage: its two doors, whom its server saw in each, and its log.

import { appendTo, element, fill, initialsOf, shortKey, timeOf } from '../../../src/cli/dev/page/elements.js'
import type { LogLine, Presence } from '../../pages/stage-log.js'
import type { ChainlitName, StageConfig } from './config.js'
import { verdictOf } from './verdict.js'
import { isOpen, openDoor } from './windows.js'

export interface Column {
  /** Whether somebody is in, through Teams. */
  isIn(): boolean
  showTheme(theme: string): void
  /** Opens the tab in Teams anew. */
  reloadTeams(): void
}

const markup = `
<section class="chainlit" data-part="chainlit">
  <header>
    <div><h2 data-part="title"></h2><small data-part="how"></small></div>
    <span class="verdict" data-part="verdict" role="status"></span>
  </header>
  <div class="panes">
    <article class="card browser">
      <h3>Browser <code data-part="browser-key"></code></h3>
      <div class="door" data-part="door">
        <span class="avatar" data-part="avatar" aria-hidden="true"></span>
        <strong data-part="name"></strong>
        <span class="status" data-part="status" role="status"></span>
        <a class="button" data-part="open"></a>
        <small>A window of its own, over this place: a browser door is at the top of a window, which no frame ever is.</small>
      </div>
    </article>
    <article class="card teams">
      <h3>Teams <small>emulated</small> <code data-part="teams-key"></code></h3>
      <iframe data-part="frame"></iframe>
    </article>
  </div>
  <div class="log" data-part="server" role="log"><ol data-part="log" role="list" tabindex="0"></ol></div>
</section>`

const titles: Readonly<Record<ChainlitName, readonly [title: string, how: string]>> = {
  stock: ['Chainlit as it is wired today', 'Both callbacks, a script for the token of Teams, SameSite=None.'],
  twodoor: ['Chainlit with twodoor', 'The same Chainlit, with the package and one call of setup().'],
}
const LONGEST_LOG = 200
const TICK_MS = 1_000

export function createColumn(
  root: Element,
  name: ChainlitName,
  { browser, teams }: StageConfig[ChainlitName],
  changed: () => void,
): Column {
  const place = element('div', name)
  root.append(place)
  const part = fill(place, markup)
  const frame = part('frame') as HTMLIFrameElement
  const [title, how] = titles[name]
  const target = `twodoor-${name}`
  let theme = ''
  let opened = 0
  let seen: Presence = {}
  /** When the first page was loaded that has not got in, in the time of the server, which is this machine. */
  let tryingSince: number | undefined
  let wasIn = false

  part('title').textContent = title
  part('how').textContent = how
  part('server').ariaLabel = `Server log: ${title}`
  frame.title = `Emulated Teams: ${title}`
  part('open').setAttribute('href', browser)
  part('open').setAttribute('target', target)
  part('open').addEventListener('click', (event) => {
    if (openDoor(browser, target, part('door'))) event.preventDefault()
    showLabel()
  })
  showPresence({})
  watch()
  setInterval(showVerdict, TICK_MS)

  function watch(): void {
    const events = new EventSource(`/demo/events/${name}`)
    events.addEventListener('open', () => {
      part('log').replaceChildren()
      tryingSince = undefined
    })
    events.addEventListener('log', ({ data }) => hear(JSON.parse(data as string) as LogLine))
    events.addEventListener('presence', ({ data }) => showPresence(JSON.parse(data as string) as Presence))
    addEventListener('pagehide', () => events.close())
  }

  function hear(line: LogLine): void {
    appendTo(part('log'), lineOf(line), LONGEST_LOG)
    if (isPageLoad(line) && !seen.browser && !seen.teams) tryingSince ??= line.at
    if (line.what === 'socket connected') tryingSince = undefined
    showVerdict()
    if (line.from !== 'browser') return
    part('status').textContent = line.result ? `${line.what} → ${line.result}` : line.what
    part('status').dataset['tone'] = line.tone
  }

  function showLabel(): void {
    part('open').textContent = isOpen(target) ? 'Show its window' : 'Open the browser door'
  }

  function showPresence(now: Presence): void {
    const isLost = (seen.browser ?? seen.teams) && !(now.browser ?? now.teams)
    seen = now
    if (isLost) tryingSince = Date.now()
    if (seen.browser || seen.teams) {
      tryingSince = undefined
      wasIn = true
    }
    showSeen(part('browser-key'), seen.browser)
    showSeen(part('teams-key'), seen.teams)
    part('name').textContent = seen.browser?.name ?? 'Nobody'
    part('avatar').textContent = initialsOf(seen.browser?.name)
    part('door').dataset['connected'] = String(seen.browser !== undefined)
    showLabel()
    showVerdict()
    changed()
  }

  /** It is announced: the same words again are no news. */
  function showVerdict(): void {
    const { same, text } = verdictOf(seen, tryingSince === undefined ? undefined : Date.now() - tryingSince, wasIn)
    part('chainlit').dataset['same'] = same
    if (part('verdict').textContent !== text) part('verdict').textContent = text
  }

  return {
    isIn: () => seen.teams !== undefined,
    showTheme(chosen) {
      const isFirst = theme === ''
      theme = chosen
      if (isFirst) frame.src = `${teams}#${theme}`
      // Only the hash differs, so the page stays. Not by `src`, which would add to the history.
      else frame.contentWindow?.location.replace(`${frame.src.replace(/#.*/, '')}#${theme}`)
    },
    reloadTeams() {
      opened += 1
      wasIn = false
      frame.src = `${teams}?opened=${opened}#${theme}`
    },
  }
}

function showSeen(place: HTMLElement, seen: Presence['browser']): void {
  place.textContent = seen ? nameOf(seen.key) : 'not connected'
  place.title = seen ? `${seen.name}, ${seen.key}` : ''
}

/** Whether a door has begun to try. */
function isPageLoad({ from, what }: LogLine): boolean {
  return (from === 'browser' || from === 'teams') && what.startsWith('page ')
}

function lineOf({ at, from, what, result, tone, key }: LogLine): HTMLElement {
  const line = element('li', `${from} ${tone}`)
  const deed = element('span', 'what', what)
  if (result) deed.append(' ', element('span', 'result', result))
  if (key) line.title = key
  line.append(element('time', '', timeOf(at, 'millisecond')), element('b', 'from', from), deed)
  return line
}

function nameOf(key: string): string {
  return key.startsWith('entra:') ? shortKey(key) : key
}
