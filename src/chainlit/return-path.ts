// The path to return to after a sign-in. Chainlit forgets it: without a session it goes to `/login`, and from there to `/`.

import type { ChainlitPage } from './chainlit-page.js'
import { navigate, replaceAddress } from './navigate.js'
import { createNote, isPathOfThisOrigin } from './twodoor.js'

/** A return that led straight back to the login page is not repeated within this time. */
const RETURN_PAUSE_MS = 30_000
/** What Entra ID answers in a fragment. It holds a code, and is for MSAL alone. */
const OAUTH_RESPONSE = /[#&](code|error|state)=/

export interface ReturnPathContext {
  readonly window: Window
  readonly page: ChainlitPage
  readonly clientId: string
  /** The paths at which a page begins that has lost its place. */
  readonly loginPaths: readonly string[]
  now(): number
}

/**
 * Notes the path when the page goes away, in this tab, and puts it back where the page begins at one of `loginPaths`. It
 * must run before Chainlit's router looks. Returns the undo, after which Chainlit's own login page is shown: on this page,
 * and on one that follows at once.
 */
export function keepReturnPath({ window, page, clientId, loginPaths, now }: ReturnPathContext): () => void {
  const returnPath = createNote(window, clientId, 'return-path', ['sessionStorage'])
  const returnedAt = createNote(window, clientId, 'returned-at', ['sessionStorage'])

  const firstHref = window.location.href
  const pathBelowBase = () => window.location.pathname.slice(page.base.length)
  const noteReturn = () => returnedAt.write(String(now()))
  const notePath = () => {
    const { pathname, search, hash } = window.location
    const isLogin = /^\/login(\/|$)/.test(pathBelowBase())
    if (!isLogin) returnPath.write(pathname + search + (OAUTH_RESPONSE.test(hash) ? '' : hash))
  }

  if (loginPaths.includes(pathBelowBase())) {
    const isTooSoon = now() - Number(returnedAt.read() ?? 0) < RETURN_PAUSE_MS
    const path = returnPath.read()
    noteReturn()
    const isSafe = isPathOfThisOrigin(path, window) && page.pathOf(window.location.origin + path) !== undefined
    // A user who is sent to the login page again at once is to see it.
    if (!isTooSoon) replaceAddress(window, isSafe ? path : `${page.base}/`)
  }
  const returnedHref = window.location.href
  notePath()
  window.addEventListener('pagehide', notePath)
  return () => {
    window.removeEventListener('pagehide', notePath)
    noteReturn()
    const isUnmoved = returnedHref === window.location.href
    if (returnedHref !== firstHref && isUnmoved) navigate(window, firstHref.slice(window.location.origin.length))
  }
}
