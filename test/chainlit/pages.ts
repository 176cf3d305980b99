// What a person does in the chat, and what its page has done.

import type { Frame, Page } from 'playwright'
import type { EntraUser } from '../../src/testing/index.js'
import { chatOrigin } from './surroundings.js'

/** Picks somebody on the page of Entra ID. */
export async function pickAccount(page: Page, user: EntraUser): Promise<void> {
  await page.click(`button[data-user="${user.username}"]`)
}

/** What a person writes into. It is there before there is a connection. */
export const composerOf = (page: Page | Frame) => page.locator('#chat-input')

/**
 * Sends a message as a person does, as soon as that is possible.
 *
 * @param answer what the answer contains. Default: the message
 * @returns the text of the answer
 */
export async function say(page: Page | Frame, text: string, answer = text): Promise<string> {
  // By its text, not by its place: a thread that is resumed is shown anew.
  const answers = page.locator('.ai-message', { hasText: answer })
  const next = answers.nth(await answers.count())
  await composerOf(page).fill(text)
  await page.locator('#chat-submit:not([disabled])').click()
  await next.waitFor()
  return (await next.textContent()) ?? ''
}

/** Comes back from another window. Whoever listens for it looks at most every few seconds. */
export async function comeBack(page: Page | Frame): Promise<void> {
  await page.evaluate(() => void window.dispatchEvent(new Event('focus')))
}

/** What a page has done so far. */
export interface Watch {
  readonly loads: string[]
  readonly errors: string[]
  readonly console: string[]
}

export function watchPage(page: Page): Watch {
  const seen: Watch = { loads: [], errors: [], console: [] }
  page.on('request', (request) => {
    const { origin, pathname, search } = new URL(request.url())
    if (request.isNavigationRequest() && origin === chatOrigin) seen.loads.push(pathname + search)
  })
  page.on('pageerror', (error) => seen.errors.push(String(error)))
  page.on('console', (line) => seen.console.push(`${line.type()}: ${line.text()}`))
  return seen
}

/** The frame of the chat, as soon as it is there. */
export async function frameOf(page: Page): Promise<Frame> {
  const handle = await page.waitForSelector('iframe')
  const frame = await handle.contentFrame()
  if (!frame) throw new Error('The host shows no frame.')
  return frame
}
