// docs/chainlit.md, followed literally: its line of pip in an environment without the package, its callback in app.py, its
// lines in the configuration that Chainlit generates. Only the names in it are replaced by those of the world of these tests.

import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { afterEach, describe, expect, it } from 'vitest'
import { findChromium } from '../../scripts/chromium.js'
import { freePort } from '../free-port.js'
import { startApp } from './app.js'
import { type ChainlitOptions, type OpenedChainlit, openChainlit } from './chainlit.js'
import type { Config } from './config.js'
import { identityIn, patchedIn } from './drop-in.js'
import { expectNoLeak } from './leaks.js'
import { pickAccount } from './pages.js'
import { makePipEnvironment } from './pip.js'
import { chatOrigin } from './surroundings.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const docs = await readFile(`${root}/docs/chainlit.md`, 'utf8')

/** What somebody has in app.py already. */
const OWN_APP = `

@cl.on_message
async def answer(message: cl.Message):
    await cl.Message(f"said: {message.content}").send()
`

/** The first block of this language after these words. */
function block(language: string, after: string): string {
  const from = docs.slice(docs.indexOf(after))
  const [, text] = from.match(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``)) ?? []
  if (!docs.includes(after) || text === undefined)
    throw new Error(`docs/chainlit.md has no ${language} after ${after}.`)
  return text
}

/** One section of TOML: texts, numbers, and lists of texts. */
function sectionOf(toml: string): Config[string] {
  const lines = toml.split('\n').filter((line) => line.includes(' = '))
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', value = ''] = line.match(/^(\w+) = (.*)$/) ?? []
      return [name, value.startsWith("'''") ? value.slice(3, -3) : JSON.parse(value)]
    }),
  )
}

let close: () => unknown = () => {}
afterEach(() => close())

describe('docs/chainlit.md, followed literally', () => {
  const clientId = 'c1111111-2222-4333-8444-555555555555'
  const named = (text: string) =>
    text
      .replaceAll('<client id>', clientId)
      .replaceAll('<tenant id>', '11111111-2222-4333-8444-555555555555')
      .replaceAll('https://chat.example.com', chatOrigin)
      .replaceAll('chat.example.com', new URL(chatOrigin).host)

  it('has six steps at most', () => {
    const steps = [...docs.matchAll(/^\*\*(\d+)\. /gm)].map(([, number]) => Number(number))
    expect(steps).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('gives a Chainlit in both doors', async () => {
    const environment = await makePipEnvironment()
    close = environment.remove
    const install = block('sh', '**1. Install**')
    expect(install).toMatch(/^pip install "twodoor\[chainlit\]"$/m)
    await environment.run(install)
    const project = sectionOf(named(block('toml', '**3. Two values**')))
    expect(Object.keys(project)).toEqual(['user_session_timeout', 'allow_origins'])
    const options: ChainlitOptions = {
      python: environment.python,
      app: 'demo',
      oauth: 'none',
      config: { project },
      files: { 'app.py': named(block('python', '**2. One callback**')) + OWN_APP },
    }
    const chainlit: OpenedChainlit = await openChainlit(options)
    close = () => chainlit.close().finally(environment.remove)
    expect(chainlit.entra.clientId).toBe(clientId)
    const page = await chainlit.openBrowserTab('/thread/nowhere?prompt=hello')
    await pickAccount(page, chainlit.adele)
    const teams = await chainlit.openTeams()
    for (const view of [page, teams.frame]) {
      await view.locator('#chat-input').fill('hello')
      await view.locator('#chat-submit:not([disabled])').click()
      await view.getByText('said: hello').waitFor()
      expect(await identityIn(view)).toBe(chainlit.keyOf(chainlit.adele))
      expect(await patchedIn(view)).toContain('window.fetch')
    }
    // Nothing of what is written there makes the Python half complain.
    expect(chainlit.serverOutput()).not.toMatch(/(WARNING|ERROR) - twodoor/)
    expect(chainlit.serverOutput()).not.toMatch(/"\*"/)
    for (const each of [page, teams.page]) expectNoLeak(chainlit, each)
  })

  it('lets an own app be tried without a tenant', async () => {
    const [authorityPort, port] = await Promise.all([freePort(), freePort()])
    const script = block('js', '## Try your own app without a tenant').replace('4741', String(authorityPort))
    const entra = spawn(process.execPath, ['--input-type=module', '--eval', script], { cwd: root })
    close = () => entra.kill('SIGKILL')
    const printed = createInterface(entra.stdout)[Symbol.asyncIterator]()
    const setup = (await printed.next()).value ?? ''
    const callback = block('python', '**2. One callback**').replace(/^auth = .*$/m, () => setup)
    const app = await startApp(
      { app: 'demo', files: { 'app.py': callback + OWN_APP } },
      { ports: [port], attributes: '', env: {}, certificate: '' },
    )
    const executablePath = findChromium()
    const browser = await chromium.launch(executablePath ? { executablePath } : {})
    close = async () => {
      await browser.close()
      await app.close()
      entra.kill('SIGKILL')
    }
    const page = await browser.newPage()
    await page.goto(`http://localhost:${port}/`)
    await page.locator('[data-user^="adele"]').click()
    await page.locator('#chat-input').fill('hello')
    await page.locator('#chat-submit:not([disabled])').click()
    await page.getByText('said: hello').waitFor()
    expect(await identityIn(page)).toMatch(/^entra:[\w-]{36}:[\w-]{36}$/)
  })
})
