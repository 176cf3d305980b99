// A Socket.IO server in a process of its own, so that its memory is its own: `plain`, or with protectSockets(). Tells its port,
// and with each message from its parent what it takes.

import { protectSockets } from '../dist/server/index.js'
import { startLoopback } from './loopback.js'

const PASSES = 4
const HOUR_MS = 60 * 60_000
const account = { key: 'entra:tenant:object', tenantId: 'tenant', objectId: 'object' } as const
/** About as many as a token of Entra ID has, anew for each token. */
const claimsText = JSON.stringify(
  Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`claim${i}`, `${i} `.repeat(12)])),
)
const verifier = {
  verify: async () => ({ ...account, expiresAt: Date.now() + HOUR_MS, claims: JSON.parse(claimsText) }),
}

const { io, port } = await startLoopback()
if (process.argv[2] === 'protected') protectSockets(io, verifier)
io.on('connection', () => {})

/** What is left once all that can be collected is. */
async function usedBytes(): Promise<number> {
  for (let pass = 0; pass < PASSES; pass++) {
    globalThis.gc?.()
    await new Promise((done) => setImmediate(done))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

process.on('message', async () => process.send?.({ bytes: await usedBytes(), sockets: io.sockets.sockets.size }))
process.on('disconnect', () => process.exit())
process.send?.(port)
