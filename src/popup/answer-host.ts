// Tells the host what Entra ID has answered. teams-js checks the origin of whoever has opened the window.

import { knownHosts } from '../page/known-hosts.js'
import { withDeadline } from '../shared/deadline.js'
import { loadTeams } from './load-teams.js'

const HOST_DEADLINE_MS = 10_000

export interface HostAnswer {
  /** What the page in the host has sent along. Nothing else goes back: a result can be read by scripts of the page. */
  readonly id: string
  readonly response: URLSearchParams
}

/** @returns whether the host has heard it. Entra ID can have cut the window off from the one that opened it */
export async function answerHost(window: Window, origins: readonly string[], answer: HostAnswer): Promise<boolean> {
  try {
    const { app, authentication } = await loadTeams(window)
    const known = knownHosts.map((host) => `https://${host}`)
    const connecting = app.initialize([...known, ...origins]).then(() => true)
    if (!(await withDeadline<boolean>(connecting, HOST_DEADLINE_MS, () => false))) return false
    const failure = failureOf(answer.response)
    if (failure) authentication.notifyFailure(failure)
    else authentication.notifySuccess(answer.id)
    return true
  } catch {
    return false
  }
}

/** The OAuth error and the digits of Entra ID's number: its text can name the user. `undefined`: the user has consented. */
export function failureOf(response: URLSearchParams): string | undefined {
  if (response.has('code')) return undefined
  const error = /^[a-z_]{1,40}$/.exec(response.get('error') ?? '')?.[0] ?? 'invalid_response'
  const number = /AADSTS(\d{5,7})\b/.exec(response.get('error_description') ?? '')?.[1]
  return number ? `${error} ${number}` : error
}
