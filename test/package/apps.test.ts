// React and Next.js apps with the words of the README, in Chromium, against the Entra emulator on a port of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, parse } from 'node:path'
import { type Browser, chromium } from 'playwright'
import { build, type Rolldown } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findChromium } from '../../scripts/chromium.js'
import { type RunningEntraEmulator, startEntraEmulator } from '../../src/testing/node.js'
import { type Packed, pack, root, run } from './packed.js'
import { readmeCall } from './readme.js'

let packed: Packed
let entra: RunningEntraEmulator
let browser: Browser
const undo: (() => unknown)[] = []

beforeAll(async () => {
  const executablePath = findChromium()
  packed = await pack()
  await packed.link('next', 'react', 'react-dom')
  entra = await startEntraEmulator()
  browser = await chromium.launch(executablePath ? { executablePath } : {})
})
afterAll(async () => {
  await browser?.close()
  await entra?.close()
  for (const each of undo.reverse()) await each()
  await packed?.remove()
})

/** Signs in, reloads, signs out and reloads, as a person does. */
async function useApp(url: string): Promise<void> {
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.goto(url)
  await page.getByText('Sign in').waitFor()
  await page.click('text=Sign in')
  await page.click('[data-user="adele@contoso.example"]')
  await page.getByText('Adele Vance Sign out').waitFor()
  await page.reload()
  await page.getByText('Adele Vance Sign out').waitFor()
  await page.click('text=Sign out')
  await page.getByText('Sign in').waitFor()
  await page.reload()
  await page.getByText('Sign in').waitFor()
  expect(errors).toEqual([])
  await page.close()
}

/** The component that both apps show, with the line of the README in it. */
const component = (call: string) => `import { useSyncExternalStore } from 'react'
const starting = { status: 'starting' }
export function User({ auth }) {
  const state = ${call}
  if (state.status === 'starting') return <p>One moment</p>
  if (state.status === 'failed') return <p>{state.error.message}</p>
  if (state.status === 'signed-out') return <button onClick={auth.signIn}>Sign in</button>
  return <p>{state.account.name} <button onClick={() => auth.signOut()}>Sign out</button></p>
}
`

test('a React 19 app in StrictMode, which creates, disposes and creates, signs in, reloads and signs out', async () => {
  await packed.write({
    'index.html':
      '<!doctype html><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="./main.jsx"></script>',
    'user.jsx': component(await readmeCall('useSyncExternalStore')),
    'main.jsx': `import { StrictMode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { createAuth } from 'twodoor'
import { User } from './user.jsx'
function App() {
  const [auth, setAuth] = useState()
  useEffect(() => {
    const created = createAuth(${JSON.stringify(entra.authOptions())})
    setAuth(created)
    return () => created.dispose()
  }, [])
  return auth ? <User auth={auth} /> : null
}
createRoot(document.getElementById('root')).render(<StrictMode><App /></StrictMode>)
`,
  })
  // Only the development build of React runs every effect twice.
  const built = await build({
    root: packed.project,
    configFile: false,
    logLevel: 'error',
    mode: 'development',
    define: { 'process.env.NODE_ENV': '"development"' },
    build: { write: false, minify: false },
  })
  await useApp(await serve((built as Rolldown.RolldownOutput).output))
})

/** The files of a build, on a port of this machine. */
async function serve(files: Rolldown.RolldownOutput['output']): Promise<string> {
  const bodies = new Map(files.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]))
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const name = path === '/' ? '/index.html' : path
    const body = bodies.get(name)
    const type = name.endsWith('.html') ? 'text/html' : 'text/javascript'
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type }).end(body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  undo.push(() => server.close())
  return `http://localhost:${(server.address() as AddressInfo).port}/`
}

test('a Next.js app signs in, reloads and signs out, and its server renders the snapshot of the README', async () => {
  const folder = join(packed.project, 'next')
  await packed.write({
    'next/package.json': JSON.stringify({ private: true }),
    // Turbopack follows no link out of its root, and React is in the node_modules of this repository.
    'next/next.config.mjs': `export default { turbopack: { root: ${JSON.stringify(parse(root).root)} } }\n`,
    'next/app/layout.jsx': `export default ({ children }) => (
  <html><head><link rel="icon" href="data:," /></head><body>{children}</body></html>
)
`,
    'next/app/user.jsx': `'use client'\n${component(await readmeCall('useSyncExternalStore'))}`,
    'next/app/page.jsx': `'use client'
import { createAuth } from 'twodoor'
import { User } from './user'
const auth = createAuth(${JSON.stringify(entra.authOptions())})
export default function Page() {
  return <User auth={auth} />
}
`,
  })
  const next = join(root, 'node_modules/next/dist/bin/next')
  process.env['NEXT_TELEMETRY_DISABLED'] = '1'
  await run(folder, process.execPath, next, 'build')
  expect(await readFile(join(folder, '.next/server/app/index.html'), 'utf8')).toContain('One moment')
  const server = spawn(process.execPath, [next, 'start', '-H', '127.0.0.1', '-p', '0'], { cwd: folder })
  undo.push(() => server.kill())
  await useApp(await addressOf(server))
})

/** Where Next.js says that it listens, once it is ready. Its output is read on: it would die of writing to nobody. */
function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (chunk: unknown) => {
      output += String(chunk)
      const port = /http:\/\/[^\s:]+:(\d+)\s/.exec(output)?.[1]
      if (port && output.includes('Ready')) resolve(`http://localhost:${port}/`)
    }
    server.stdout?.on('data', read)
    server.stderr?.on('data', read)
    server.once('exit', () => reject(new Error(`Next.js did not start: ${output}`)))
  })
}
