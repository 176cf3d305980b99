// The page that plays Teams: a frame with the app, and the emulator on this side of teams-js's wire.

import { createTeamsEmulator, fetchMint, type TeamsEmulator, type TeamsTheme, type TeamsUser } from 'twodoor/testing'
import { initialsOf } from '../../src/cli/dev/page/elements.js'
import type { Situation, TeamsEvent } from './teams-events.js'

const { appOrigin, clientId } = (globalThis as unknown as { teamsConfig: { appOrigin: string; clientId: string } })
  .teamsConfig
const frame = part<HTMLIFrameElement>('app')
const theme = part<HTMLSelectElement>('theme')
const tab = new URLSearchParams(location.search).get('tab') === 'script-tag' ? '/umd-tab.html' : '/tab.html'
let emulator: TeamsEmulator | undefined

theme.value = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'default'
theme.addEventListener('change', showTheme)
showTheme()
new EventSource('/events').addEventListener('message', ({ data }) => hear(JSON.parse(data as string) as TeamsEvent))

function hear(event: TeamsEvent): void {
  if (event.type === 'forget-tokens') emulator?.clearTokenCache()
  else settle(event)
}

function settle({ user, consentRequired }: Situation): void {
  const isOther = emulator?.settings.user.objectId !== user.objectId
  emulator ??= open(user)
  emulator.setUser(user)
  if (consentRequired) emulator.requireConsent()
  // Like Teams itself, which starts its tabs anew for another account.
  if (isOther) load(user)
}

function open(user: TeamsUser): TeamsEmulator {
  const host = createTeamsEmulator({
    frame,
    appOrigin,
    clientId,
    user,
    consent: askForConsent,
    theme: theme.value as TeamsTheme,
    mint: fetchMint('/token'),
  })
  host.onNotify(() => {
    part('loading').hidden = true
  })
  return host
}

function load({ name = '', username }: TeamsUser): void {
  part('user').textContent = initialsOf(name)
  part('user').title = username
  part('loading').hidden = false
  frame.src = appOrigin + tab
}

function showTheme(): void {
  document.documentElement.dataset['theme'] = theme.value
  emulator?.setTheme(theme.value as TeamsTheme)
}

async function askForConsent(): Promise<'accept' | 'cancel'> {
  const dialog = part<HTMLDialogElement>('consent')
  dialog.returnValue = 'cancel'
  dialog.showModal()
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }))
  if (dialog.returnValue !== 'accept') return 'cancel'
  await fetch('/consent', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  return 'accept'
}

function part<T extends HTMLElement = HTMLElement>(name: string): T {
  return document.querySelector(`[data-part="${name}"]`) as T
}
