// The same app without twodoor, on the same libraries: each door loads its own when it is needed.

import './page.js'

const isTeams = window.parent !== window.self || 'nativeInterface' in window
const door = isTeams ? import('./by-hand-teams.js') : import('./by-hand-msal.js')

async function answer(): Promise<number | undefined> {
  const token = await (await door).getToken(window.config.options)
  if (!token) return undefined
  const response = await fetch('/api/me', { headers: { authorization: `Bearer ${token}` } })
  return response.ok ? performance.now() : undefined
}

window.measured = { answered: answer(), signIn: async () => (await door).signIn(window.config.options) }
