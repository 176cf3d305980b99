// npm run demo: both doors on this machine, until Ctrl+C.

import { startDemo } from './demo.js'

const demo = await startDemo({ port: Number(process.env['PORT'] ?? 0) })
console.log(`
  One app, two doors. Open

    ${demo.url}

  The app is at ${demo.appUrl}, the emulated Teams at ${demo.teamsUrl}, the emulated Entra ID at ${demo.entraUrl}.
  Nothing leaves this machine. Ctrl+C ends it.
`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void demo.close())
