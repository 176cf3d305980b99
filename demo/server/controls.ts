import type { EntraEmulator } from 'twodoor/testing'
import { type ChatServer, cutConnections, endSockets } from './chat.js'
import type { Expiry } from './expiry.js'
import type { Journal } from './journal.js'
import type { TeamsHost } from './teams.js'

export interface ControlsOptions {
  readonly entra: EntraEmulator
  readonly teams: TeamsHost
  readonly io: ChatServer
  readonly expiry: Expiry
  readonly journal: Journal
  /** How long a socket may stay with a token that has expired. */
  readonly socketGraceMs: number
}

export type Controls = Readonly<Record<'expire' | 'drop' | 'consent' | 'switch', () => void>>

/** The four ways to make trouble. */
export function createControls({ entra, teams, io, expiry, journal, socketGraceMs }: ControlsOptions): Controls {
  const tell = (what: string, result: string) => journal.write({ from: 'server', what, result, tone: 'plain' })

  let ending: ReturnType<typeof setTimeout> | undefined

  function expire(graceMs: number): void {
    clearTimeout(ending)
    teams.forgetTokens()
    expiry.expireNow()
    ending = setTimeout(() => endSockets(io, expiry.isExpired), graceMs).unref()
  }

  return {
    expire() {
      tell('expire the tokens now', 'what was issued so far is refused')
      expire(socketGraceMs)
    },
    drop() {
      tell('drop the connection', 'every socket is cut')
      cutConnections(io)
    },
    consent() {
      tell('require consent', 'no new token without it')
      entra.requireConsent()
      teams.requireConsent()
      expire(0)
    },
    switch() {
      const { name } = teams.switchUser()
      tell('switch the account', `Teams: ${name}; the browser asks`)
    },
  }
}
