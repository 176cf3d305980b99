// npm run demo:chainlit: Chainlit as it is wired today and with twodoor, each from both doors, until Ctrl+C.

import { ensureChainlit } from '../../scripts/chainlit.js'
import { startChainlitDemo } from './demo.js'

let isStopped = false

try {
  const python = await ensureChainlit('2.12.0')
  // From here on there are processes and folders: Ctrl+C waits until they can be ended, also when it is pressed twice.
  const stop = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        isStopped = true
        resolve()
      })
  })
  const demo = await startChainlitDemo({ python, port: Number(process.env['PORT'] ?? 0) })
  console.log(`
  Chainlit, unmodified, from both doors. Open

    ${demo.url}

  in Chrome, Edge or Chromium. The emulated Entra ID is at ${demo.entraUrl}.
  All of it listens on this machine alone. Ctrl+C ends it.
`)
  await stop
  await demo.close()
} catch (error) {
  // In a terminal Ctrl+C ends a Chainlit that is just starting, too.
  if (!isStopped) console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
