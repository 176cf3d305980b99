import { fileURLToPath } from 'node:url'
import express, { type Express } from 'express'
import { authenticateRequest, type Verifier } from 'twodoor/server'
import type { EntraEmulator } from 'twodoor/testing'
import type { DemoConfig } from '../pages/config.js'
import type { Controls } from './controls.js'
import { contentPolicy, type Origins, onlyFrom, onlyHosts } from './guard.js'
import { doorOf, type Journal } from './journal.js'
import { createSessionRoutes } from './sessions.js'

const umd = fileURLToPath(new URL('../../dist/twodoor.umd.js', import.meta.url))

export interface AppOptions {
  readonly origins: Origins
  readonly folder: string
  readonly entra: EntraEmulator
  readonly verifier: Verifier
  readonly journal: Journal
  readonly controls: Controls
}

/** The server of the app: its pages, one API call, a session with a picture, and for the demo the live log and the controls. */
export function createApp(options: AppOptions): Express {
  const { origins, folder, entra, verifier, journal, controls } = options
  const connect = [...[origins.app, origins.tab].map((origin) => origin.replace('http', 'ws')), entra.url]
  const app = express()
  app.disable('x-powered-by')
  app.use(onlyHosts(origins.app, origins.tab))
  // Only the tab may be framed. The stage frames Teams, so it is an ancestor of the tab too.
  app.use(contentPolicy({ connect, frame: [origins.teams] }))
  app.use(/.*tab\.html/, contentPolicy({ connect, ancestors: [origins.app, origins.teams] }))

  app.get('/config.js', (_request, response) => {
    const config: DemoConfig = { entra: entra.authOptions(), teamsOrigin: origins.teams }
    response.type('js').send(`globalThis.demoConfig = ${JSON.stringify(config)}`)
  })
  app.get('/api/me', async (request, response) => {
    const from = doorOf(request.headers['x-demo-door'])
    const what = 'GET /api/me'
    const { identity, refused } = await authenticateRequest(verifier, request)
    if (refused) {
      journal.write({ from, what, result: `${refused.status} ${refused.code}`, tone: 'bad' })
      return void response.status(refused.status).set(refused.headers).json({ error: refused.code })
    }
    const { key, claims } = identity
    const client = claims['ver'] === '1.0' ? claims['appid'] : claims['azp']
    journal.write({ from, what, result: '200', tone: 'good', key })
    response.json({ key, name: claims['name'], issuedTo: client === entra.clientId ? 'the app' : 'Teams' })
  })
  app.use(createSessionRoutes({ origins, entra, verifier, journal }))
  app.get('/demo/events', (_request, response) => journal.attach(response))
  app.post('/demo/control', onlyFrom(origins.app), express.json(), async (request, response) => {
    const { control } = request.body as { control?: unknown }
    if (!isControl(control, controls)) return void response.status(404).json({ error: 'There is no such control.' })
    controls[control]()
    response.status(204).end()
  })
  app.get('/twodoor.umd.js', (_request, response) => response.sendFile(umd))
  app.use(express.static(folder))
  return app
}

function isControl(name: unknown, controls: Controls): name is keyof Controls {
  return typeof name === 'string' && Object.hasOwn(controls, name)
}
