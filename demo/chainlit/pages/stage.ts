// The page around the four doors: two Chainlits, each in the browser, which is a window, and in Teams, which is a frame.

import { fill } from '../../../src/cli/dev/page/elements.js'
import { type Column, createColumn } from './column.js'
import { chainlitNames, type StageConfig } from './config.js'
import { raiseWindows } from './windows.js'

const markup = `
<header class="top">
  <h1><a class="brand" href="/"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 21V4.5L11 3v18z"/><path d="M13 3l7 1.5V21h-7z"/></svg>twodoor</a></h1>
  <p>Chainlit, unmodified, from both doors.</p>
  <nav aria-label="Theme">
    <button type="button" data-theme-choice="default">light</button>
    <button type="button" data-theme-choice="dark">dark</button>
  </nav>
</header>
<section class="controls" aria-label="Make trouble">
  <button type="button" data-control="expire"><b>Expire and drop</b><small>No session is valid any more, and every connection is cut</small></button>
  <button type="button" data-control="restart"><b>Restart the servers</b><small>At the right two workers, one after the other</small></button>
  <button type="button" data-control="block" aria-pressed="false"><b>Block cookies</b><small>In Teams, as by a browser that refuses them in frames</small></button>
  <button type="button" data-control="switch"><b>Switch the account</b><small>The other user signs in to Teams</small></button>
</section>
<main class="chainlits" data-part="chainlits"></main>`

const config = (globalThis as unknown as { stageConfig: StageConfig }).stageConfig
const part = fill(document.body, markup)
/** So that the first seconds tell the story, the sessions end once by themselves. `?calm` leaves it to the buttons. */
const STORY_BEGINS_MS = 2_500
let isTold = new URLSearchParams(location.search).has('calm')
let columns: readonly Column[] = []
columns = chainlitNames.map((name) => createColumn(part('chainlits'), name, config[name], tellStory))
const themeButtons = [...document.querySelectorAll<HTMLButtonElement>('[data-theme-choice]')]

for (const button of themeButtons)
  button.addEventListener('click', () => chooseTheme(button.dataset['themeChoice'] ?? ''))
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-control]'))
  button.addEventListener('click', () => void press(button))
chooseTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'default')

function tellStory(): void {
  const expire = document.querySelector<HTMLButtonElement>('[data-control="expire"]')
  if (isTold || !expire || columns.length === 0 || !columns.every(({ isIn }) => isIn())) return
  isTold = true
  setTimeout(() => void press(expire), STORY_BEGINS_MS)
}

function chooseTheme(theme: string): void {
  document.documentElement.dataset['theme'] = theme
  for (const button of themeButtons) button.ariaPressed = String(button.dataset['themeChoice'] === theme)
  for (const { showTheme } of columns) showTheme(theme)
}

async function press(button: HTMLButtonElement): Promise<void> {
  const isBlocking = button.dataset['control'] === 'block' && button.ariaPressed === 'false'
  const isAllowing = button.dataset['control'] === 'block' && !isBlocking
  button.disabled = true
  await order(isAllowing ? 'allow' : (button.dataset['control'] ?? '')).catch(() => {})
  button.disabled = false
  if (isBlocking || isAllowing) {
    button.ariaPressed = String(isBlocking)
    // Teams opens its tab anew: a browser is asked for cookies when a page begins.
    for (const { reloadTeams } of columns) reloadTeams()
  }
  raiseWindows()
}

function order(control: string): Promise<Response> {
  return fetch('/demo/control', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ control }),
  })
}
