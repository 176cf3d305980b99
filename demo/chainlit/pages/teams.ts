// The page that plays Teams: a frame with Chainlit, and the emulator on this side of teams-js's wire. Its theme is in the
// hash, where the stage sets it.

import { createTeamsEmulator, fetchMint, type TeamsEmulator, type TeamsTheme, type TeamsUser } from 'twodoor/testing'
import { fill, initialsOf } from '../../../src/cli/dev/page/elements.js'
import type { TeamsEvent } from '../../pages/teams-events.js'

const { appOrigin, clientId } = (globalThis as unknown as { teamsConfig: { appOrigin: string; clientId: string } })
  .teamsConfig
const part = fill(document.body, '')
const frame = part('app') as HTMLIFrameElement
let emulator: TeamsEmulator | undefined

part('blocked').hidden = mayStore()
addEventListener('hashchange', showTheme)
showTheme()
new EventSource('/events').addEventListener('message', ({ data }) => hear(JSON.parse(data as string) as TeamsEvent))

function hear(event: TeamsEvent): void {
  if (event.type !== 'situation') return
  const isOther = emulator?.settings.user.objectId !== event.user.objectId
  emulator ??= open(event.user)
  emulator.setUser(event.user)
  // Like Teams itself, which starts its tabs anew for another account.
  if (isOther) load(event.user)
}

function open(user: TeamsUser): TeamsEmulator {
  const host = createTeamsEmulator({ frame, appOrigin, clientId, user, theme: themeOf(), mint: fetchMint('/token') })
  host.onNotify(showFrame)
  return host
}

function load({ name = '', username }: TeamsUser): void {
  part('name').textContent = name
  part('user').textContent = initialsOf(name)
  part('user').title = username
  part('loading').hidden = false
  // Teams takes a page that never says that it is ready for one that failed. Here it is to be seen as it is.
  frame.addEventListener('load', showFrame, { once: true })
  frame.src = `${appOrigin}/`
}

function showFrame(): void {
  part('loading').hidden = true
}

function themeOf(): TeamsTheme {
  return location.hash === '#dark' ? 'dark' : 'default'
}

function showTheme(): void {
  document.documentElement.dataset['theme'] = themeOf()
  emulator?.setTheme(themeOf())
}

/** This page is framed by another site, as the app is by Teams. Browsers that block one block the other. */
function mayStore(): boolean {
  try {
    return localStorage !== null
  } catch {
    return false
  }
}
