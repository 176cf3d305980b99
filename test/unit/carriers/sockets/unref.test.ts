// @vitest-environment node
// With `autoUnref` a socket keeps no process of Node running. That of tests has much else to do: a child shows it.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Refused, recovery, startServer } from './world.js'

const child = fileURLToPath(new URL('unref-child.mjs', import.meta.url))
const HOUR_MS = 3_600_000

/** What the child says, until it has ended by itself. */
function run(url: string, until: string, hangs = ''): Promise<string> {
  const process = spawn('node', [child, url, until, hangs], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void process.kill())
  let said = ''
  process.stdout.on('data', (chunk) => {
    said += chunk
  })
  return new Promise((resolve) => process.on('close', () => resolve(said)))
}

describe('a process with autoUnref ends although a socket', () => {
  it('will renew its token', async () => {
    const { url, server } = await startServer()
    server.on('connection', (peer) =>
      peer.emit('auth:session', { expiresInMs: HOUR_MS, graceMs: 0, renew: 'auth:renew' }),
    )
    expect(await run(url, 'auth:session')).toBe('auth:session')
  })

  it('will replace its connection', async () => {
    const { url } = await startServer(() => {}, recovery)
    expect(await run(url, 'connect')).toBe('connect')
  })

  it('will try again after a refusal', async () => {
    const { url } = await startServer(() => {
      throw new Refused('busy')
    })
    expect(await run(url, 'connect_error')).toBe('connect_error')
  })

  it('waits for a token', async () => {
    const { url } = await startServer()
    expect(await run(url, 'asked', 'hangs')).toBe('asked')
  })
})
