// The page around the app: this very page is the browser's door, the frame beside it is the emulated Teams.

import { fill } from '../../src/cli/dev/page/elements.js'
import { config } from './config.js'
import { openDoor } from './door.js'
import type { Library } from './library.js'
import { watchServer } from './stage-log.js'

const markup = `
<header class="top">
  <h1><a class="brand" href="/"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 21V4.5L11 3v18z"/><path d="M13 3l7 1.5V21h-7z"/></svg>twodoor</a></h1>
  <p>One app, two doors, one identity.</p>
  <nav aria-label="How twodoor is loaded">
    <a data-part="npm" href="/">npm</a><a data-part="script-tag" href="/umd.html">script tag</a>
  </nav>
</header>
<section class="identity" data-part="identity" data-same="none" aria-label="Who the server saw" aria-live="polite">
  <div class="seen browser"><b>Browser</b> <code data-part="browser-key"></code></div>
  <div class="verdict" data-part="verdict"></div>
  <div class="seen teams"><b>Teams</b> <code data-part="teams-key"></code></div>
</section>
<main class="doors">
  <article class="card browser">
    <h2>Browser <small>real: this very page, at the top level</small></h2>
    <div data-part="app" class="app"></div>
  </article>
  <article class="card teams">
    <h2>Teams <small>emulated host, real teams-js and the same app</small>
      <a data-part="alone" target="_blank" rel="noopener">open in a window of its own</a></h2>
    <iframe data-part="frame" title="Emulated Teams with the app as a tab"></iframe>
  </article>
</main>
<footer class="bottom">
  <section class="controls" aria-label="Make trouble">
    <button type="button" data-control="expire"><b>Expire the tokens now</b><small>Call the API then; sockets have 4 s to renew</small></button>
    <button type="button" data-control="drop"><b>Drop the connection</b><small>The server cuts every socket</small></button>
    <button type="button" data-control="consent"><b>Require consent</b><small>No new token until the user agrees again</small></button>
    <button type="button" data-control="switch"><b>Switch the account</b><small>Teams gets the other user, the browser asks</small></button>
  </section>
  <section class="log" aria-labelledby="log-title">
    <h2 id="log-title">Server log <small>live; who called is what the server verified</small></h2>
    <div class="scrolled" role="log" aria-label="Server log"><ol data-part="log" role="list" tabindex="0"></ol></div>
  </section>
</footer>`

/** Builds the page and opens the app in it. */
export function openStage(library: Library, page: 'npm' | 'script-tag'): void {
  const part = fill(document.body, markup)
  const teamsUrl = `${config.teamsOrigin}/?tab=${page}`
  part('frame').setAttribute('src', teamsUrl)
  part('alone').setAttribute('href', teamsUrl)
  part(page).setAttribute('aria-current', 'page')
  const auth = openDoor(library, { door: 'browser', root: part('app') })
  watchServer(part)

  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-control]'))
    button.addEventListener('click', () => control(button))

  async function control(button: HTMLButtonElement): Promise<void> {
    const name = button.dataset['control'] ?? ''
    button.disabled = true
    await order(name).catch(() => {})
    button.disabled = false
    // Teams changes its user by itself. In a browser only the user can, on a page of Entra ID's.
    if (name === 'switch') await auth.signIn({ prompt: 'select_account' }).catch(() => {})
  }
}

function order(control: string): Promise<Response> {
  return fetch('/demo/control', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ control }),
  })
}
