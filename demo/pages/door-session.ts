// The session cookie of this door, and what comes by it: the picture of the user.

import { type Auth, isAuthError } from 'twodoor'
import { timeOf } from '../../src/cli/dev/page/elements.js'
import type { DoorView } from './door-view.js'
import type { Library } from './library.js'

/**
 * Keeps a session for whoever is signed in.
 *
 * @returns shows how it stands: to be called now and then, because a session tells nobody of its renewals
 */
export function openSession({ keepSession }: Library, auth: Auth, view: DoorView): () => void {
  const session = keepSession(auth, '/session')
  let shown: typeof session.ready | undefined
  let pictured = ''
  let pictures = 0

  /** Each user's has a URL of its own: of one that it knows, a page may show the image that it has. */
  function pictureOf(key: string): string {
    if (key !== pictured) pictures += 1
    pictured = key
    return `/me.svg?${pictures}`
  }

  async function show(): Promise<void> {
    const { ready } = session
    if (ready === shown) return
    shown = ready
    view.showSession({ text: '' })
    try {
      const { key, expiresAt } = await ready
      if (ready === shown)
        view.showSession({ text: `session until ${timeOf(expiresAt, 'minute')}`, picture: pictureOf(key) })
    } catch (error) {
      if (ready === shown) view.showSession(troubleOf(auth, error))
    }
  }

  return () => void show()
}

/** Where nobody is signed in, nothing is wrong with the session. */
function troubleOf({ state }: Auth, error: unknown): { text: string; isTrouble?: boolean } {
  if (state.status !== 'signed-in') return { text: '' }
  return { text: isAuthError(error) ? `${error.code}. ${error.remedy}` : String(error), isTrouble: true }
}
