// Both doors of the developer's app: a frame with the Teams emulator around it, and a window of its own.

import { createTeamsEmulator } from '../../../testing/teams/emulator.js'
import { fetchMint } from '../../../testing/teams/mint.js'
import type { TeamsUser } from '../../../testing/teams/settings.js'
import { ask } from './ask.js'
import { answers, hosts, themes } from './choices.js'
import { choose } from './choose.js'
import { readConfig } from './config.js'
import { element, fill } from './elements.js'
import { createInspector } from './inspector.js'
import { markup } from './markup.js'
import { openWindow } from './windows.js'
import { createWireLog } from './wire-log.js'

const config = readConfig(document)
const part = fill(document.body, markup)
const frame = part('frame') as HTMLIFrameElement
const inspector = createInspector(part)
const log = createWireLog(part('wire'), {
  token: inspector.show,
  line: ({ from, what, result, tone }) => {
    if (from !== 'entra' || what.startsWith('token for')) return
    part('status').textContent = `${what} → ${result}`
    part('status').dataset['tone'] = tone
  },
})

const isDark = matchMedia('(prefers-color-scheme: dark)').matches
const host = choose(select('host'), hosts, { fallback: 'teams', key: 'host' }, () => {
  emulator.set(hosts[host.name]?.settings ?? {})
  load()
})
const theme = choose(select('theme'), themes, { fallback: isDark ? 'dark' : 'default', key: 'theme' }, () => {
  emulator.set(themes[theme.name]?.settings ?? {})
  document.documentElement.dataset['theme'] = theme.name
})
const users = Object.fromEntries(config.users.map((each) => [each.username, { label: each.name ?? each.username }]))
const user = choose(select('user'), users, { fallback: Object.keys(users)[0] ?? '', key: 'user' }, () => {
  emulator.setUser(currentUser())
  load() // Teams starts its tabs anew for another account too
})
choose(select('answers'), answers, { fallback: 'usual', key: undefined }, (name) => {
  emulator.clearTokenCache()
  emulator.set(answers[name]?.settings ?? {})
})

const emulator = createTeamsEmulator({
  frame,
  appOrigin: config.appOrigin,
  clientId: config.clientId,
  environment: config.environment,
  user: currentUser(),
  mint: fetchMint('/mint'),
  ...hosts[host.name]?.settings,
  ...themes[theme.name]?.settings,
  consent: async () => ((await ask(part, consentQuestion)) ? 'accept' : 'cancel'),
  secondFactor: async () => ((await ask(part, factorQuestion)) ? 'approve' : 'cancel'),
})
const consentQuestion = {
  title: 'Your app asks for your consent',
  text: 'A host shows such a dialog where a token needs what the user has not agreed to.',
  yes: 'Accept',
}
const factorQuestion = {
  title: 'Verify your identity',
  text: 'A host shows a window of Entra ID where a token needs a second factor.',
  yes: 'Approve',
}

emulator.subscribe(log.add)
emulator.onNotify(() => {
  part('loading').hidden = true
})
document.documentElement.dataset['theme'] = theme.name
const link = part('app-url') as HTMLAnchorElement
link.textContent = config.appUrl
for (const each of [link, part('open') as HTMLAnchorElement]) {
  each.href = config.appUrl
  each.target = '_blank'
}
part('open').addEventListener('click', (event) => {
  if (openWindow(config.appUrl, 'twodoor-browser', part('place'))) event.preventDefault()
})
part('reload').addEventListener('click', load)
for (const control of ['forget the host’s tokens', ...config.controls]) addControl(control)
load()

function load(): void {
  const label = hosts[host.name]?.label ?? ''
  part('host-name').textContent = label
  part('screen').dataset['host'] = host.name
  part('loading').hidden = false
  // Out of the page and in again: with a hash in it, the same address would not load anew.
  frame.remove()
  frame.src = config.appUrl
  part('screen').append(frame)
}

function addControl(name: string): void {
  const button = element('button', '', name) as HTMLButtonElement
  button.type = 'button'
  button.addEventListener('click', async () => {
    button.disabled = true
    await control(name).catch(() => {})
    button.disabled = false
  })
  part('controls').append(button)
}

/** The host keeps tokens until they end, and asks for consent by itself: it hears of what is done to Entra ID. */
async function control(name: string): Promise<void> {
  emulator.clearTokenCache()
  if (name === 'require consent') emulator.requireConsent()
  if (!config.controls.includes(name)) return
  const headers = { 'content-type': 'application/json' }
  await fetch('/control', { method: 'POST', headers, body: JSON.stringify({ control: name }) })
}

function currentUser(): TeamsUser {
  return config.users.find(({ username }) => username === user.name) ?? (config.users[0] as TeamsUser)
}

function select(name: string): HTMLSelectElement {
  return part(name) as HTMLSelectElement
}
