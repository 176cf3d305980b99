// Where the user was. Chainlit forgets it: without a session it goes to `/login` by itself, and from there to `/`.

import type { ChainlitPage } from './chainlit-page.js'
import { createNote, isPathOfThisOrigin } from './twodoor.js'

/** A place that leads straight back to the login page is not returned to again within this time. */
const RETURN_PAUSE_MS = 30_000
/** What Entra ID answers in a fragment. It holds a code, and belongs to nobody but MSAL. */
const OAUTH_RESPONSE = /[#&](code|error|state)=/

export interface PlaceContext {
  readonly window: Window
  readonly page: ChainlitPage
  readonly clientId: string
  now(): number
}

/**
 * Notes, in this tab, where the user is when the page goes away, and puts that place back where the page begins at one of
 * the `loginPaths`. It must run before Chainlit's router looks. Returns the undo, after which the login page is Chainlit's
 * own: this one, and one that follows at once.
 */
export function keepPlace(context: PlaceContext, loginPaths: readonly string[]): () => void {
  const { window, page, clientId, now } = context
  const place = createNote(window, clientId, 'place', ['sessionStorage'])
  const returned = createNote(window, clientId, 'returned', ['sessionStorage'])

  const begun = window.location.href
  const leaveLogin = () => returned.write(String(now()))
  const isLogin = () => /^\/login(\/|$)/.test(pathBelow(context))
  const note = () => {
    const { pathname, search, hash } = window.location
    if (!isLogin()) place.write(pathname + search + (OAUTH_RESPONSE.test(hash) ? '' : hash))
  }

  if (loginPaths.includes(pathBelow(context))) {
    const isTooSoon = now() - Number(returned.read() ?? 0) < RETURN_PAUSE_MS
    const known = place.read()
    leaveLogin()
    const isSafe = isPathOfThisOrigin(known, window) && page.pathOf(window.location.origin + known) !== undefined
    // Whoever is sent to the login page at once again is to see it.
    if (!isTooSoon) show(window, isSafe ? known : `${page.base}/`)
  }
  const shown = window.location.href
  note()
  window.addEventListener('pagehide', note)
  return () => {
    window.removeEventListener('pagehide', note)
    leaveLogin()
    if (shown !== begun && shown === window.location.href) goTo(window, begun.slice(window.location.origin.length))
  }
}

/** For Chainlit's router, which listens for `popstate`. */
function goTo(window: Window, path: string): void {
  show(window, path)
  window.dispatchEvent(new PopStateEvent('popstate', { state: window.history.state }))
}

/** Absolute, because a `<base>` would lead a path elsewhere. */
function show({ history, location }: Window, path: string): void {
  history.replaceState(history.state, '', location.origin + path)
}

function pathBelow({ window, page }: PlaceContext): string {
  return window.location.pathname.slice(page.base.length)
}

/**
 * Goes to the thread that a deep link of Teams names, if it names one.
 *
 * Anybody can make such a link, so it is only ever taken for the name of a thread.
 */
export function goToThread(
  { window, page }: Pick<PlaceContext, 'window' | 'page'>,
  subPageId: string | undefined,
): void {
  if (!subPageId || !THREAD_ID.test(subPageId)) return
  const path = `${page.base}/thread/${subPageId}`
  if (window.location.pathname !== path) goTo(window, path)
}

const THREAD_ID = /^[\w-]{1,128}$/
