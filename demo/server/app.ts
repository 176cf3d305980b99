import { fileURLToPath } from 'node:url'
import express, { type Express } from 'express'
import type { TokenRefusedError, Verifier } from 'twodoor/server'
import type { EntraEmulator } from 'twodoor/testing'
import type { Controls } from './controls.js'
import { contentPolicy, onlyFrom, onlyHost } from './guard.js'
import { doorOf, type Journal } from './journal.js'

const umd = fileURLToPath(new URL('../../dist/twodoor.umd.js', import.meta.url))

export interface AppOptions {
  readonly origin: string
  readonly teamsOrigin: string
  readonly folder: string
  readonly entra: EntraEmulator
  readonly verifier: Verifier
  readonly journal: Journal
  readonly controls: Controls
}

/** The server of the app: its pages, one API call, and for the demo the live log and the controls. */
export function createApp(options: AppOptions): Express {
  const { origin, teamsOrigin, folder, entra, verifier, journal, controls } = options
  const connect = [origin.replace('http', 'ws'), entra.url]
  const app = express()
  app.disable('x-powered-by')
  app.use(onlyHost(origin))
  // Only the tab may be framed. The stage frames Teams, so it is an ancestor of the tab too.
  app.use(contentPolicy({ connect, frame: [teamsOrigin] }))
  app.use(/.*tab\.html/, contentPolicy({ connect, ancestors: ["'self'", teamsOrigin] }))

  app.get('/config.js', (_request, response) => {
    response.type('js').send(`globalThis.demoConfig = ${JSON.stringify({ entra: entra.authOptions(), teamsOrigin })}`)
  })
  app.get('/api/me', async (request, response) => {
    const from = doorOf(request.headers['x-demo-door'])
    const what = 'GET /api/me'
    try {
      const { key, claims } = await verifier.verify(request.headers.authorization?.replace(/^Bearer /i, ''))
      journal.write({ from, what, result: '200', tone: 'good', key })
      response.json({ key, name: claims['name'], issuedTo: claims['azp'] === entra.clientId ? 'the app' : 'Teams' })
    } catch (error) {
      const { status, code } = error as TokenRefusedError
      journal.write({ from, what, result: `${status} ${code}`, tone: 'bad' })
      response.status(status).set('www-authenticate', 'Bearer error="invalid_token"').json({ error: code })
    }
  })
  app.get('/demo/events', (_request, response) => journal.attach(response))
  app.post('/demo/control', onlyFrom(origin), express.json(), async (request, response) => {
    const { control } = request.body as { control?: unknown }
    if (!isControl(control, controls)) return void response.status(404).json({ error: 'There is no such control.' })
    await controls[control]()
    response.status(204).end()
  })
  app.get('/twodoor.umd.js', (_request, response) => response.sendFile(umd))
  app.use(express.static(folder))
  return app
}

function isControl(name: unknown, controls: Controls): name is keyof Controls {
  return typeof name === 'string' && Object.hasOwn(controls, name)
}
