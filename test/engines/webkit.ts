// WebKitGTK: its MiniBrowser on an X server without a screen, by WebDriver.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { WebKitGtk } from '../../scripts/engines.js'
import { freePort } from '../free-port.js'
import { type Browser, type Engine, type Settings, type Tab, type View, viewOf, type Way } from './engine.js'
import { openSession, type Place, type Session } from './webdriver.js'

/** No script waits for anything: see `resultOf`. */
const SCRIPT_LIMIT_MS = 5_000
/** Longer than a function of a test takes in a page. */
const RESULT_LIMIT_MS = 30_000
const START_LIMIT_MS = 15_000
const BETWEEN_LOOKS_MS = 20

let results = 0

export function webKitGtk(programs: WebKitGtk): Engine {
  return { name: 'WebKitGTK', start: (way) => start(programs, way) }
}

function start(programs: WebKitGtk, way: Way): Browser {
  const children = new Set<ChildProcess>()
  const keep = (child: ChildProcess) => {
    children.add(child)
    child.on('exit', () => children.delete(child))
    return child
  }
  /** For a person who watches: see CONTRIBUTING.md. */
  const seen = process.env['HEADED'] && process.env['DISPLAY']
  let display: Promise<string> | undefined

  async function openProfile(settings: Settings) {
    display ??= seen ? Promise.resolve(seen) : openDisplay(programs.display, keep)
    // In a locale such as C.UTF-8 the language of its pages is `C`, which is none; without any it is English.
    const env = { ...process.env, DISPLAY: await display, GDK_BACKEND: 'x11', LC_ALL: 'C' }
    // A driver has one session, and a session has a profile of its own.
    const port = await freePort()
    const driver = keep(spawn(programs.driver, [`--port=${port}`], { env, stdio: 'ignore' }))
    const session = await openWhenUp(`http://127.0.0.1:${port}`, capabilities(programs, way, settings))
    const end = async () => {
      await session.end().catch(() => {}) // it ends with its driver too
      await stop(driver)
    }
    return { session, end }
  }

  return {
    async openTab(settings = {}) {
      const { session, end } = await openProfile(settings)
      return tabOf(session, await session.window(), end)
    },
    async version() {
      const { session, end } = await openProfile({})
      await end()
      return session.version
    },
    async close() {
      for (const child of [...children].reverse()) await stop(child)
    },
  }
}

function capabilities({ browser }: WebKitGtk, { proxyPort }: Way, settings: Settings): object {
  const { storage, trackingPrevention } = settings
  const args = ['--automation', `--proxy=http://127.0.0.1:${proxyPort}`]
  if (trackingPrevention) args.push('--enable-itp')
  if (storage === 'blocked') args.push('--enable-html5-local-storage=false', '--cookies-policy=never')
  return {
    acceptInsecureCerts: true,
    timeouts: { script: SCRIPT_LIMIT_MS },
    'webkitgtk:browserOptions': { binary: browser, args },
  }
}

/** Xvfb looks for a free display by itself and tells which. */
async function openDisplay(program: string, keep: (child: ChildProcess) => ChildProcess): Promise<string> {
  const args = ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp']
  const child = keep(spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] }))
  const [number] = await once(child.stdio[3] as Readable, 'data')
  return `:${String(number).trim()}`
}

async function openWhenUp(server: string, wanted: object): Promise<Session> {
  const end = Date.now() + START_LIMIT_MS
  for (;;) {
    const isUp = await fetch(`${server}/status`).then(
      (response) => response.ok,
      () => false,
    )
    if (isUp) return openSession(server, wanted)
    if (Date.now() > end) throw new Error('WebKitWebDriver does not start.')
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS))
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill()
  await gone
}

function tabOf(session: Session, window: string, end: () => Promise<void>): Tab {
  const page = { window, isFrame: false }
  return {
    ...viewIn(session, page),
    goto: async (url) => void (await session.goto(page, url)),
    reload: async () => void (await session.reload(page)),
    frame: () => viewIn(session, { window, isFrame: true }),
    cookies: async () => (await session.cookies(page)).map(({ name }) => name),
    openBeside: async () => tabOf(session, await session.newWindow(), end),
    close: end,
  }
}

function viewIn(session: Session, place: Place): View {
  return viewOf({
    run: (expression) => resultOf(session, place, expression),
    start: (script) => session.run(place, script),
    click: (selector) => session.click(place, selector),
    type: (selector, text) => session.type(place, selector, text),
  })
}

/**
 * Leaves the result in the page and fetches it. A script that waits for a promise would never end where its page is left
 * meanwhile, and nobody could use the session for as long.
 */
async function resultOf(session: Session, place: Place, expression: string): Promise<string> {
  const result = `window[Symbol.for('test.${++results}')]`
  await session.run(place, `${result} = ''; ${expression}.then((text) => { ${result} = text })`)
  const end = Date.now() + RESULT_LIMIT_MS
  while (Date.now() < end) {
    const text = await session.run(place, `return ${result}`)
    if (typeof text !== 'string') throw new Error('The page was left meanwhile.')
    if (text) return text
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS))
  }
  throw new Error('The function has not come to anything.')
}
