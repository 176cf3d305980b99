// docs/dev.md, step by step, in a fresh Vite app that has the packed package: the commands and the code are those of the text.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findChromium } from '../../scripts/chromium.js'
import { freePort } from '../free-port.js'
import { link, type Packed, pack, root, write } from './packed.js'

/** What the bar allows, the opening of the page included. */
const MOST_STEPS = 8

/** As `npm create vite -- --template vanilla` leaves them, as far as the steps meet them. */
const freshApp = {
  'index.html': `<!doctype html>
<html lang="en">
  <head><meta charset="UTF-8" /><title>my-app</title><link rel="icon" href="data:," /></head>
  <body><div id="app"></div><script type="module" src="/src/main.js"></script></body>
</html>
`,
  'src/main.js': "document.querySelector('#app').textContent = 'Hello Vite!'\n",
}

/** Vite starts anew where an env file has changed. */
const VITE_TIMEOUT_MS = 20_000
const EDIT_INTERVAL_MS = 500

let packed: Packed
let browser: Browser
const running: ChildProcess[] = []

beforeAll(async () => {
  const executablePath = findChromium()
  packed = await pack()
  browser = await chromium.launch(executablePath ? { executablePath } : {})
})
afterAll(async () => {
  await browser?.close()
  for (const each of running) endGroup(each)
  await packed?.remove()
})

interface Step {
  readonly language: string
  readonly code: string
  readonly text: string
}

/** The numbered steps, with the code block of each. */
async function readSteps(): Promise<Step[]> {
  const text = await readFile(join(root, 'docs/dev.md'), 'utf8')
  const [, list = ''] = text.split(/^## .*$/m)
  const steps = list.split(/^\d+\. /m).slice(1)
  return steps.map((step) => {
    const [, language = '', code = ''] = /```(\w+)\n(.*?)```/s.exec(step) ?? []
    return { language, code: code.replace(/^ {3}/gm, ''), text: step }
  })
}

/** A project with what `npm install …` of the text names, and nothing else: this package is the one that would be published. */
function installedBy(command: string): Promise<string> {
  const names = command.trim().split(' ').slice(2)
  expect(command.trim()).toBe(['npm', 'install', ...names].join(' '))
  expect(names).toContain('twodoor')
  const others = names.filter((name) => name !== 'twodoor')
  return packed.installInto('my-app', ...others.map((name) => `${name}@${packed.manifest.devDependencies[name]}`))
}

/** Runs a command of the text in the project until it says `words`. It goes on until the end of the test. */
function runUntil(project: string, command: string, words: string): Promise<void> {
  const child = spawn(command, { cwd: project, shell: true, detached: true })
  running.push(child)
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (piece: unknown) => {
      output += String(piece)
      if (output.includes(words)) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}: ${output}`)))
  })
}

/** npm starts a shell, which starts the command. */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM')
  } catch {
    // it has ended by itself
  }
}

test('leads from a fresh Vite app to the same user in both doors, in no more than eight steps', async () => {
  const steps = await readSteps()
  const [install, start, edit, doors, open] = steps as [Step, Step, Step, Step, Step]
  expect(steps.length).toBeLessThanOrEqual(MOST_STEPS)
  const project = await installedBy(install.code)
  const [appPort, devPort] = [await freePort(), await freePort()]

  await link(project, 'vite')
  await write(project, freshApp)
  const manifest = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as object
  const vite = `node node_modules/vite/bin/vite.js --port ${appPort} --strictPort`
  await writeFile(join(project, 'package.json'), JSON.stringify({ ...manifest, scripts: { dev: vite } }))

  await runUntil(project, start.code.trim(), 'ready in')
  const [, file = ''] = /`(src\/[\w.]+)`/.exec(edit.text) ?? []
  const served = async () => (await fetch(`http://localhost:${appPort}/${file}`).catch(() => undefined))?.text()
  await expect.poll(served, { timeout: VITE_TIMEOUT_MS }).toContain('Hello Vite!')
  // What is written before Vite watches its files goes unnoticed, which a person is too slow for: so until it is noticed.
  const servedAfterEdit = () => writeFile(join(project, file), edit.code).then(served)
  await expect.poll(servedAfterEdit, { timeout: VITE_TIMEOUT_MS, interval: EDIT_INTERVAL_MS }).toContain('createAuth(')

  await runUntil(project, `${doors.code.trim().replace('5173', String(appPort))} --port ${devPort}`, 'Ctrl+C ends it.')
  await expect.poll(served, { timeout: VITE_TIMEOUT_MS }).toContain('"VITE_TWODOOR":')

  const context = await browser.newContext()
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  const [url = ''] = /http:\/\/teams\.localhost:\d+/.exec(open.text) ?? []
  await page.goto(url.replace('4750', String(devPort)))
  const tab = page.frameLocator('[data-part="frame"]')
  await tab.getByText('Adele Vance').waitFor()

  const [opens = '', signsIn = '', picks = '', says = ''] = [...open.text.matchAll(/\*(.+?)\*/g)].map(
    ([, each]) => each,
  )
  const [door] = await Promise.all([page.waitForEvent('popup'), page.getByText(opens).click()])
  await door.getByText(signsIn).click()
  await door.getByText(picks).click()
  await door.getByText('Adele Vance').waitFor()
  await expect.poll(() => page.locator('[data-part="verdict"]').textContent()).toBe(says)
  expect(errors).toEqual([])

  // Hot reload: both doors take up an edit without anybody's doing, and stay signed in.
  const changed = edit.code.replace('? account.name', '? `$' + '{account.name}, edited`')
  await writeFile(join(project, file), changed)
  await tab.getByText('Adele Vance, edited').waitFor()
  await door.getByText('Adele Vance, edited').waitFor()
  await context.close()
})
