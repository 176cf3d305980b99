// What people see. Every page says that it is not Microsoft's.

import type { EntraUser } from './users.js'

/** The names of the form fields by which the pages answer. Never read from a URL. */
export const fields = { user: 'emulator_user', step: 'emulator_step' } as const

export type Step = 'approve' | 'accept' | 'cancel'

const style = `
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #5f5f5f; --card: #fff; --ground: #f2f2f2; --line: #d1d1d1; --accent: #0f6cbd }
@media (prefers-color-scheme: dark) { :root { --ink: #f5f5f5; --soft: #b3b3b3; --card: #292929; --ground: #141414; --line: #525252; --accent: #62abf5 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 27rem; padding: 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; overflow-wrap: anywhere }
h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.3 }
p, ul { margin: 0 0 1rem } small, .soft { color: var(--soft) }
form { display: grid; gap: .5rem; margin: 0 }
button { width: 100%; min-height: 2.75rem; padding: .625rem 1rem; border: 1px solid var(--line); border-radius: .375rem; background: none; color: inherit; font: inherit; text-align: start; cursor: pointer }
button:hover { border-color: var(--accent) } button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
button small { display: block }
footer { margin-top: 1.25rem; padding-top: .75rem; border-top: 1px solid var(--line); font-size: .875rem; color: var(--soft) }
`

/** A whole page around `body`, which is trusted HTML. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Entra emulator</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
${body}
<footer>Entra emulator — no real account</footer>
</main>
</body>
</html>
`
}

/** `action`: the URL of this very authorization request, which every answer is posted to. */
export function accountPage(action: string, users: readonly EntraUser[], signedIn: readonly EntraUser[]): string {
  const buttons = users.map((user) => {
    const state = signedIn.includes(user) ? ' · signed in' : ''
    const names = `${escapeHtml(user.name)}<small>${escapeHtml(user.username)}${state}</small>`
    const username = escapeHtml(user.username)
    return `<button name="${fields.user}" value="${username}" data-user="${username}">${names}</button>`
  })
  return page('Pick an account', `<h1>Pick an account</h1>${formOf(action, buttons)}`)
}

export function consentPage(action: string, user: EntraUser, scopes: readonly string[]): string {
  const asked = scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('')
  const body = `<h1>Permissions requested</h1>${personOf(user)}<p>The app would like to:</p><ul>${asked}</ul>`
  return page('Permissions requested', body + formOf(action, stepButtons(user, [acceptButton, cancelButton])))
}

export function stepUpPage(action: string, user: EntraUser): string {
  const body = `<h1>Verify your identity</h1>${personOf(user)}<p>This app asks for a second factor.</p>`
  return page('Verify your identity', body + formOf(action, stepButtons(user, [approveButton, cancelButton])))
}

export function signedOutPage(): string {
  return page('Signed out', '<h1>You signed out of your account</h1><p>You can close this window.</p>')
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const acceptButton = stepButton('accept', 'Accept')
const approveButton = stepButton('approve', 'Approve')
const cancelButton = stepButton('cancel', 'Cancel')

function stepButton(step: Step, label: string): string {
  return `<button name="${fields.step}" value="${step}" data-${step}>${label}</button>`
}

function stepButtons(user: EntraUser, buttons: readonly string[]): readonly string[] {
  return [`<input type="hidden" name="${fields.user}" value="${escapeHtml(user.username)}">`, ...buttons]
}

function formOf(action: string, controls: readonly string[]): string {
  return `<form method="post" action="${escapeHtml(action)}">${controls.join('')}</form>`
}

function personOf({ name, username }: EntraUser): string {
  return `<p>${escapeHtml(name)}<br><small>${escapeHtml(username)}</small></p>`
}
