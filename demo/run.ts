// npm run demo: both doors on this machine, until Ctrl+C.

import { startDemo } from './demo.js'
import { PortError, readPort } from './server/ports.js'

/** The same ones each time, so that a bookmark and what browsers keep for an address go on to hold. */
const PORTS = 4730

try {
  const port = readPort(process.env['PORT'])
  console.log('\n  Building the pages …')
  const demo = await startDemo({ port, ports: PORTS })
  if (port === undefined && new URL(demo.url).port !== String(PORTS))
    console.log(`\n  Port ${PORTS} is taken, so it is another one this time.`)
  console.log(`
  One app, two doors. Open

    ${demo.url}

  The app is at ${demo.appUrl}, the emulated Teams at ${demo.teamsUrl}, the emulated Entra ID at ${demo.entraUrl}.
  Nothing leaves this machine. Ctrl+C ends it.
`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void demo.close())
} catch (error) {
  if (!(error instanceof PortError)) throw error
  console.error(`\n  ${error.message}\n`)
  process.exitCode = 1
}
