import express, { type Express } from 'express'
import { contentPolicy, onlyFrom, onlyHosts } from '../server/guard.js'
import type { Journal } from '../server/journal.js'
import type { ChainlitName, StageConfig } from './pages/config.js'

export type Controls = Readonly<Record<'expire' | 'restart' | 'block' | 'allow' | 'switch', () => unknown>>

export interface StageOptions {
  /** Where the stage itself is reached. */
  readonly origin: string
  readonly folder: string
  readonly config: StageConfig
  readonly journals: Readonly<Record<ChainlitName, Journal>>
  readonly controls: Controls
}

/** The server of the stage: its page, the live logs and the controls. */
export function createStage({ origin, folder, config, journals, controls }: StageOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(onlyHosts(origin), contentPolicy({ frame: Object.values(config).map(({ teams }) => new URL(teams).origin) }))
  app.get('/config.js', (_request, response) => {
    response.type('js').send(`globalThis.stageConfig = ${JSON.stringify(config)}`)
  })
  for (const [name, journal] of Object.entries(journals))
    app.get(`/demo/events/${name}`, (_request, response) => journal.attach(response))
  app.post('/demo/control', onlyFrom(origin), express.json(), async (request, response) => {
    const { control } = request.body as { control?: unknown }
    if (!isControl(control, controls)) return void response.status(404).json({ error: 'There is no such control.' })
    await controls[control]()
    response.status(204).end()
  })
  app.use(express.static(folder))
  return app
}

function isControl(name: unknown, controls: Controls): name is keyof Controls {
  return typeof name === 'string' && Object.hasOwn(controls, name)
}
