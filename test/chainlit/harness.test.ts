// What the other tests of this folder rely on.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openChainlit } from './chainlit.js'
import { pickAccount, say } from './pages.js'

const ASKING_APP = `
import httpx
import chainlit as cl

for url in ("https://graph.microsoft.com/v1.0/me", "https://unknown.example/", "http://plain.example/"):
    try:
        print("asked", url, httpx.get(url).status_code)
    except httpx.HTTPError as error:
        print("asked", url, type(error).__name__)

@cl.on_message
async def answer(message):
    pass
`

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'twodoor-harness-'))
  vi.stubEnv('TMPDIR', folder)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** What tests leave behind, the compiler's own files aside. */
const left = () => readdirSync(folder).filter((name) => name.startsWith('twodoor-'))

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(false)).on('error', () => resolve(true))
    socket.on('connect', () => socket.destroy())
  })
}

it('leads what the server asks for into the world, and makes every other host a failure', async () => {
  const chainlit = await openChainlit({ dropIn: false, files: { 'app.py': ASKING_APP } })
  expect(chainlit.serverOutput()).toContain('asked https://graph.microsoft.com/v1.0/me 401')
  expect(chainlit.serverOutput()).toContain('asked https://unknown.example/ ProxyError')
  expect(chainlit.serverOutput()).toContain('asked http://plain.example/ 502')
  expect(chainlit.world.strangers).toEqual(['unknown.example:443', 'http://plain.example/ over plain http'])
  await expect(chainlit.close()).rejects.toThrow('unknown.example')
  expect(left()).toEqual([])
})

it('leaves neither a process nor a file behind', async () => {
  const chainlit = await openChainlit({ dropIn: false })
  await chainlit.restart()
  await chainlit.close()
  expect(await isRefused(Number(chainlit.serverOutput().match(/localhost:(\d+)/)?.[1]))).toBe(true)
  expect(left()).toEqual([])
})

it('tells what a server printed that could not start, and leaves nothing behind', async () => {
  const opened = openChainlit({ dropIn: false, files: { 'app.py': 'raise ValueError("a broken app")' } })
  await expect(opened).rejects.toThrow('a broken app')
  expect(left()).toEqual([])
})

it.each([
  ['a root path', { rootPath: '/chat' }],
  ['mount_chainlit', { mountedAt: '/chat' }],
])('signs in by OAuth below %s', async (_name, options) => {
  const chainlit = await openChainlit({ dropIn: false, ...options })
  try {
    const page = await chainlit.openBrowserTab()
    await page.click('text=Continue with Microsoft')
    await pickAccount(page, chainlit.adele)
    expect(await say(page, 'hello')).toContain('1: hello from adele@contoso.example')
    expect(chainlit.requests.every(({ path }) => path.startsWith('/chat/'))).toBe(true)
  } finally {
    await chainlit.close()
  }
})

it('signs in by the hybrid OAuth login', async () => {
  const chainlit = await openChainlit({ dropIn: false, oauth: 'azure-ad-hybrid' })
  try {
    const page = await chainlit.openBrowserTab()
    await page.click('text=Continue with Microsoft')
    await pickAccount(page, chainlit.adele)
    expect(await say(page, 'hello')).toContain('1: hello from adele@contoso.example')
    expect(chainlit.find({ method: 'POST', path: '/auth/oauth/azure-ad-hybrid/callback' })).toHaveLength(1)
  } finally {
    await chainlit.close()
  }
})
