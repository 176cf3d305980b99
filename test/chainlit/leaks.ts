// What must be true at the end of every test: the token was where it belongs, and nowhere else.

import type { Page } from 'playwright'
import { expect } from 'vitest'
import type { OpenedChainlit } from './chainlit.js'
import { chatOrigin } from './surroundings.js'

/** The header and the claims of a JSON Web Token: of one from Entra ID, or of Chainlit's own in its cookie. */
const TOKEN = /eyJ[\w-]{8,}\.eyJ[\w-]{8,}/
/** Entra ID has the browser post an ID token there, and no page of ours reads it. */
const FORM_POST = '/auth/oauth/azure-ad-hybrid/callback'

/**
 * Expects that all hosts which were asked for are known, that no token has been in an address, in the console, in a
 * message or body to the chat, or in what the server printed, and that browsers sent `Authorization` to `/auth/header`
 * alone.
 *
 * @param base the path that the chat is below
 */
export function expectNoLeak(chainlit: OpenedChainlit, pages: Page | readonly Page[] = [], base = ''): void {
  const { requests, frames, strangers } = chainlit.world
  const all = [pages].flat()
  const toChat = requests.filter(({ url }) => pathOf(url) !== undefined && pathOf(url) !== base + FORM_POST)
  const addresses = [
    ...requests.map(({ url }) => url),
    ...all.flatMap((page) => page.frames().map((frame) => frame.url())),
  ]
  expect({
    strangers,
    addresses: addresses.filter(holdsToken),
    console: all.flatMap((page) => [...chainlit.consoleOf(page), ...chainlit.pageErrors(page)]).filter(holdsToken),
    messages: frames.map(({ text }) => text).filter(holdsToken),
    bodies: toChat.filter(({ body }) => holdsToken(body)).map(({ url }) => url),
    output: chainlit.serverOutput().split('\n').filter(holdsToken),
    authorized: authorizedPlaces(chainlit).filter((place) => place !== `POST ${chatOrigin}${base}/auth/header`),
  }).toEqual({ strangers: [], addresses: [], console: [], messages: [], bodies: [], output: [], authorized: [] })
}

/** Where browsers sent an `Authorization` header. The server asks Microsoft Graph with one, too. */
function authorizedPlaces({ world }: OpenedChainlit): string[] {
  const sent = world.requests.filter(
    ({ headers }) => headers.authorization && /Mozilla/.test(`${headers['user-agent']}`),
  )
  return sent.map(({ method, url }) => `${method} ${url.split('?')[0]}`)
}

/** The path in the chat, or `undefined` for other hosts. */
function pathOf(address: string): string | undefined {
  const { origin, pathname } = new URL(address.replace(/^ws/, 'http'))
  return origin === chatOrigin ? pathname : undefined
}

function holdsToken(text: string): boolean {
  return TOKEN.test(text)
}
