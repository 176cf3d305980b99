import type { ChainlitPage } from './chainlit-page.js'
import { navigate } from './navigate.js'

const THREAD_ID = /^[\w-]{1,128}$/

/**
 * Goes to the thread that a deep link of Teams names, if it names one.
 *
 * Anybody can make such a link, so it is only ever taken for the ID of a thread.
 */
export function goToThread(window: Window, page: ChainlitPage, subPageId: string | undefined): void {
  if (!subPageId || !THREAD_ID.test(subPageId)) return
  const path = `${page.base}/thread/${subPageId}`
  if (window.location.pathname !== path) navigate(window, path)
}
