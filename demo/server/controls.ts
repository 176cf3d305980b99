import type { Server } from 'socket.io'
import type { EntraEmulator } from 'twodoor/testing'
import { cutConnections } from './chat.js'
import type { Journal } from './journal.js'
import type { TeamsHost } from './teams.js'

export interface ControlsOptions {
  readonly entra: EntraEmulator
  readonly teams: TeamsHost
  readonly io: Server
  readonly journal: Journal
  expireNow(): Promise<void>
}

export type Controls = Readonly<Record<'expire' | 'drop' | 'consent' | 'switch', () => Promise<void> | void>>

/** The four ways to make trouble. */
export function createControls({ entra, teams, io, journal, expireNow }: ControlsOptions): Controls {
  const tell = (what: string, result: string) => journal.write({ from: 'server', what, result, tone: 'plain' })

  /** The sockets are cut, so that they come back with the old token: the server refuses it and they get another. */
  async function expire(): Promise<void> {
    teams.forgetTokens()
    await expireNow()
    cutConnections(io)
  }

  return {
    async expire() {
      tell('expire the tokens now', 'what was issued so far is refused')
      await expire()
    },
    drop() {
      tell('drop the connection', 'every socket is cut')
      cutConnections(io)
    },
    async consent() {
      tell('require consent', 'no new token without it')
      entra.requireConsent()
      teams.requireConsent()
      await expire()
    },
    switch() {
      const { name } = teams.switchUser()
      tell('switch the account', `Teams: ${name}; the browser asks`)
    },
  }
}
