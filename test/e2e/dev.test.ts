// `twodoor dev` around an app that Vite serves: the command itself, in a process of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from 'playwright'
import { generate } from 'selfsigned'
import { createServer as createVite, type ViteDevServer } from 'vite'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { findChromium } from '../../scripts/chromium.js'
import type { Auth } from '../../src/index.js'
import { freePort } from '../free-port.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const OPTIONS = 'options.txt'
const jwt = /eyJ[\w-]{10,}\.[\w-]{10,}/

/** Its options are read from the file that the command has written; test/package/dev.test.ts has them from Vite. */
const app = {
  'index.html': `<!doctype html><link rel="icon" href="data:,"><body><script type="module" src="/main.js"></script></body>`,
  'main.js': `import { createAuth } from 'twodoor'
import text from './${OPTIONS}?raw'
const [, options] = text.split("'")
window.auth = createAuth(JSON.parse(options))
const button = document.createElement('button')
button.textContent = 'Sign in'
button.onclick = () => auth.signIn()
document.body.append(button)
auth.subscribe(({ status }) => { document.body.dataset.status = status })`,
}

declare global {
  interface Window {
    auth: Auth
  }
}

let folder: string
let vite: ViteDevServer
let browser: Browser
let context: BrowserContext
let port: number
let command: ChildProcess | undefined

/** Ready when it says how to end it: everything listens by then, and the env file is written. */
async function startDev(): Promise<void> {
  const args = [join(root, 'dist/cli/index.js'), 'dev', appUrl(), '--port', String(port), '--env', OPTIONS]
  const child = spawn(process.execPath, args, { cwd: folder })
  command = child
  await new Promise<void>((resolve, reject) => {
    let output = ''
    const read = (piece: unknown) => {
      output += String(piece)
      if (output.includes('Ctrl+C ends it.')) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', () => reject(new Error(output)))
  })
}

async function endDev(): Promise<number | null> {
  const child = command
  if (!child || child.exitCode !== null) return null
  child.kill('SIGINT')
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

const appUrl = () => vite.resolvedUrls?.local[0] ?? ''

async function openApp(https: boolean): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'twodoor-dev-app-'))
  await mkdir(join(folder, 'node_modules'))
  for (const [name, text] of Object.entries(app)) await writeFile(join(folder, name), text)
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256' })
  vite = await createVite({
    root: folder,
    configFile: false,
    logLevel: 'error',
    cacheDir: join(folder, 'node_modules/.vite'),
    resolve: { alias: { twodoor: join(root, 'dist/index.js') } },
    optimizeDeps: { noDiscovery: true },
    server: {
      port: await freePort(),
      strictPort: true,
      fs: { strict: false },
      preTransformRequests: false,
      ...(https && { https: { key, cert } }),
    },
  })
  await vite.listen()
}

async function openHost(): Promise<{ page: Page; tab: Frame }> {
  const page = await context.newPage()
  await page.goto(`http://teams.localhost:${port}/`)
  return { page, tab: await tabOf(page) }
}

/** The frame with the app, once it is signed in. */
async function tabOf(page: Page): Promise<Frame> {
  await page.frameLocator('[data-part="frame"]').locator('body[data-status="signed-in"]').waitFor()
  const tab = page.frames().find((frame) => frame.url().startsWith(appUrl()))
  if (!tab) throw new Error('The host has no frame with the app.')
  return tab
}

async function openDoor(page: Page): Promise<Page> {
  const [door] = await Promise.all([page.waitForEvent('popup'), page.click('[data-part="open"]')])
  await door.click('text=Sign in')
  await door.click('[data-user="adele@contoso.example"]')
  await door.locator('body[data-status="signed-in"]').waitFor()
  return door
}

const has = (page: Page, part: string, text: string | RegExp) =>
  expect.poll(() => page.locator(`[data-part="${part}"]`).textContent()).toMatch(text)

/** Asks for a token other than the one that the page has, as after a refusal of the server. */
const renew = (door: Page | Frame) =>
  door.evaluate(async () => {
    const { token } = await window.auth.getToken()
    const renewed = await window.auth.getToken(undefined, { rejectedToken: token })
    return renewed.token !== token
  })

beforeAll(async () => {
  const executablePath = findChromium()
  browser = await chromium.launch(executablePath ? { executablePath } : {})
})
afterAll(() => browser.close())

async function start(scheme: 'http' | 'https'): Promise<void> {
  context = await browser.newContext({ ignoreHTTPSErrors: true })
  port = await freePort()
  await openApp(scheme === 'https')
  await startDev()
}

afterEach(async () => {
  await endDev()
  await context.close()
  await vite.close()
  await rm(folder, { recursive: true, force: true })
})

it('shows the same user in both doors of an app with https, by Teams SSO, by nested app auth and by a redirect', async () => {
  await start('https')
  const { page, tab } = await openHost()
  await tab.evaluate(() => window.auth.getToken('User.Read'))
  await has(page, 'wire', 'token for nested app auth 200')
  await openDoor(page)
  await has(page, 'verdict', 'the same user')
  await has(page, 'browser-token', 'adele@contoso.example')
  await page.selectOption('[data-part="user"]', 'alex@contoso.example')
  await has(page, 'verdict', 'two users')
})

it('goes on with both open doors after a restart, and shows no token anywhere', async () => {
  await start('http')
  const sent: string[] = []
  context.on('response', async (response) => {
    const { pathname, origin } = new URL(response.url())
    if (origin !== `http://teams.localhost:${port}` || ['/mint', '/events'].includes(pathname)) return
    sent.push(await response.text().catch(() => ''))
  })
  const { page, tab } = await openHost()
  const door = await openDoor(page)
  expect(await endDev()).toBe(0)
  await startDev()
  expect(await renew(door)).toBe(true)
  await page.click('text=forget the host’s tokens')
  expect(await renew(tab)).toBe(true)
  await has(page, 'wire', 'token by refresh_token 200')
  await has(page, 'wire', 'token for Teams SSO 200')
  const shown = await page.evaluate(() => document.documentElement.outerHTML + JSON.stringify(localStorage))
  expect(shown).toContain('adele@contoso.example')
  expect(shown + sent.join('') + (await readFile(join(folder, OPTIONS), 'utf8'))).not.toMatch(jwt)
})

it('plays other hosts and themes, remembers which, and asks for consent in a dialog', async () => {
  await start('http')
  const { page } = await openHost()
  await page.selectOption('[data-part="host"]', 'outlook')
  await page.selectOption('[data-part="theme"]', 'dark')
  await page.reload()
  const { host } = await (await tabOf(page)).evaluate(() => window.auth.state)
  expect(host).toMatchObject({ kind: 'teams', name: 'Outlook', theme: 'dark' })

  await page.selectOption('[data-part="host"]', 'phone')
  await expect.poll(async () => (await tabOf(page)).evaluate(() => window.auth.state.host.clientType)).toBe('android')
  expect((await page.locator('[data-part="frame"]').boundingBox())?.width).toBeLessThanOrEqual(390)

  await page.click('text=require consent')
  await has(page, 'wire', 'require consent')
  const tab = await tabOf(page)
  const signedIn = tab.evaluate(() => window.auth.signIn())
  await page.click('text=Accept')
  await signedIn
  expect(await tab.evaluate(() => window.auth.state.status)).toBe('signed-in')
})
