import express, { type Express, type Response } from 'express'
import type { EntraEmulator, EntraUser } from 'twodoor/testing'
import type { TeamsEvent } from '../pages/teams-events.js'
import { contentPolicy, type Origins, onlyFrom, onlyHosts } from './guard.js'
import type { Journal } from './journal.js'

/** The controls of the emulated Teams. */
export interface TeamsHost {
  readonly server: Express
  /** Signs the next user in. */
  switchUser(): EntraUser
  /** No token for the app until the user has agreed in Teams. */
  requireConsent(): void
  /** Lets go of the tokens that Teams keeps until they expire. */
  forgetTokens(): void
  close(): void
}

export interface TeamsHostOptions {
  readonly origins: Origins
  readonly folder: string
  readonly entra: EntraEmulator
  readonly journal: Journal
}

/** Serves the page that plays Teams, and gives it tokens as Entra ID gives them to the real one. */
export function createTeamsHost({ origins, folder, entra, journal }: TeamsHostOptions): TeamsHost {
  const { tenant, clientId, users } = entra
  const pages = new Set<Response>()
  let user = users[0] as EntraUser
  let consentRequired = false

  const situation = (): TeamsEvent => {
    const { username, name, objectId } = user
    return { type: 'situation', user: { tenantId: tenant, username, name, objectId }, consentRequired }
  }
  const tell = (event: TeamsEvent) => {
    for (const page of pages) page.write(`data: ${JSON.stringify(event)}\n\n`)
  }

  const server = express()
  server.disable('x-powered-by')
  server.use(onlyHosts(origins.teams), contentPolicy({ frame: [origins.tab], ancestors: [origins.app] }))
  server.get('/config.js', (_request, response) => {
    response.type('js').send(`globalThis.teamsConfig = ${JSON.stringify({ appOrigin: origins.tab, clientId })}`)
  })
  server.get('/events', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${JSON.stringify(situation())}\n\n`)
    pages.add(response)
    response.on('close', () => pages.delete(response))
  })
  server.post('/consent', onlyFrom(origins.teams), (_request, response) => {
    consentRequired = false
    journal.write({ from: 'teams', what: 'the user agreed', result: '', tone: 'good' })
    response.status(204).end()
  })
  server.post('/token', onlyFrom(origins.teams), express.json(), async (request, response) => {
    if (consentRequired) return void response.json({ error: 'consent_required' })
    const { authorizedParty } = request.body as { authorizedParty?: string }
    const token = await entra.mint(user, { authorizedParty })
    journal.write({ from: 'entra', what: 'token for Teams SSO', result: '200', tone: 'good' })
    response.json({ token, expiresInSeconds: entra.lifetimes.accessToken })
  })
  server.use(express.static(folder, { index: 'teams.html' }))

  return {
    server,
    switchUser() {
      user = users[(users.indexOf(user) + 1) % 2] as EntraUser
      tell(situation())
      return user
    },
    requireConsent() {
      consentRequired = true
      tell(situation())
    },
    forgetTokens: () => tell({ type: 'forget-tokens' }),
    close() {
      for (const page of pages) page.end()
    },
  }
}
