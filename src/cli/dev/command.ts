import { relative } from 'node:path'
import type { Command } from '../command.js'
import { checkApp } from './app.js'
import { writeEnv } from './env-file.js'
import { devOrigins } from './gate.js'
import { DEFAULT_PORT, readDevOptions } from './options.js'
import { startDevHost } from './start.js'
import { openStateFile } from './state-file.js'

const help = `Usage: npx twodoor dev <url of your app>

Shows your running app in both doors: in a browser, and as a tab in an emulated Teams, with an emulated Entra ID.
Nothing leaves this machine. No other machine can reach it, and no page of another origin; other users of this
machine can.

  --port <port>       of the page with both doors, and of Entra ID (default: ${DEFAULT_PORT})
  --env vite          writes the options into .env.development.local, as VITE_TWODOOR
  --env next          the same, as NEXT_PUBLIC_TWODOOR
  --env <file>        writes them into that file, as TWODOOR
  --client-id <guid>  of your app registration, if you have one already; also
  --tenant <guid>
  --scope <scope>     as often as there are scopes, each in its long form`

export const dev: Command = {
  help,
  async run(args, { folder, signal, say }) {
    const options = readDevOptions(args)
    const { note } = await checkApp(options.app, devOrigins(options.app.origin, options.port).host)
    const state = openStateFile(folder, options.port)
    const host = await startDevHost(options, state, say)
    try {
      say(`Both doors: ${host.origins.host}/`)
      say(`Entra ID: ${host.origins.entra} (Adele, Alex and Megan, without passwords)`)
      say(`Kept for the next start: ${shortest(folder, state.path)}`)
      say(`\nOn your server: createVerifier(${JSON.stringify(host.verifierOptions)})`)
      if (options.env) say(`\n${await writeEnv(folder, options.env, host.authOptions)}`)
      else say(`\nIn your app: createAuth(${JSON.stringify(host.authOptions, null, 2)})`)
      if (note !== undefined) say(`\n${note}`)
      say('\nCtrl+C ends it.')
      await ending(signal)
    } finally {
      await host.close()
    }
    return 0
  },
}

function ending(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function shortest(folder: string, path: string): string {
  const below = relative(folder, path)
  return below.startsWith('..') ? path : below
}
