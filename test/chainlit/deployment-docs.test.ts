// The pages of docs/chainlit, as far as they can be run here: nginx.md is run by replicas.test.ts, migration.md by pytest.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { validate } from 'dockerfile-utils'
import { describe, expect, it } from 'vitest'
import { freePort } from '../free-port.js'
import { makePipEnvironment } from './pip.js'
import { newSecret } from './server.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'docs', 'chainlit')
const CLIENT_ID = 'c1111111-2222-4333-8444-555555555555'
const TENANT_ID = '11111111-2222-4333-8444-555555555555'

/** What somebody has in app.py already. */
const OWN_APP = `

@cl.on_message
async def answer(message: cl.Message):
    await cl.Message(f"said: {message.content}").send()
`

const page = (name: string) => readFile(join(folder, name), 'utf8')

/** The blocks of code in this language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code)
}

const named = (text: string) => text.replaceAll('<client id>', CLIENT_ID).replaceAll('<tenant id>', TENANT_ID)

/** The instructions of a Dockerfile, without comments. */
function instructionsIn(dockerfile: string): [name: string, rest: string][] {
  const lines = dockerfile.split('\n').filter((line) => /^[A-Z]/.test(line))
  return lines.map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)])
}

describe('docker.md', () => {
  it('has a Dockerfile without a mistake', async () => {
    const [dockerfile = ''] = blocks(await page('docker.md'), 'dockerfile')
    expect(validate(dockerfile)).toEqual([])
    expect(validate(dockerfile.replace('EXPOSE 8000', 'EXPOSE the port'))).not.toEqual([])
  })

  it('starts the app by the commands of the Dockerfile, with its files and its environment', async () => {
    const text = await page('docker.md')
    const [dockerfile = ''] = blocks(text, 'dockerfile')
    const [variables = ''] = blocks(text, 'sh')
    const instructions = instructionsIn(dockerfile)
    const environment = await makePipEnvironment()
    try {
      const [callback = ''] = blocks(text, 'python')
      const app = callback + OWN_APP
      const [requirements = ''] = blocks(text, 'text')
      const files: Record<string, string> = { 'requirements.txt': requirements, 'app.py': app }
      const copied = instructions.filter(([name]) => name === 'COPY').map(([, rest]) => rest.split(' ')[0] ?? '')
      expect(copied).toEqual([...Object.keys(files), '.chainlit/config.toml'])
      for (const [name, content] of Object.entries(files)) await writeFile(join(environment.folder, name), content)

      const [[, install = ''] = []] = instructions.filter(([, rest]) => rest.startsWith('pip'))
      await environment.run(install)
      await mkdir(join(environment.folder, 'files'))
      await environment.run('cd files && python -m chainlit init && cp -r .chainlit ..')

      const lines = [...named(variables).matchAll(/^(\w+)=(.*)$/gm)]
      const given: Record<string, string> = Object.fromEntries(lines.map(([, name, value]) => [name, value]))
      expect(given['CHAINLIT_AUTH_SECRET']).toContain('create-secret')
      const port = String(await freePort())
      const [, command = ''] = instructions.find(([name]) => name === 'CMD') ?? []
      const argv = JSON.parse(command).map((each: string) => (each === '8000' ? port : each)) as string[]
      const env = {
        PATH: process.env['PATH'],
        HOME: environment.folder,
        ...given,
        CHAINLIT_AUTH_SECRET: newSecret(),
      }
      const child = spawn(environment.python, ['-m', ...argv], { cwd: environment.folder, env, stdio: 'ignore' })
      const ended = once(child, 'close')
      try {
        const answer = await Promise.race([answered(`http://127.0.0.1:${port}/auth/config`), ended])
        expect(answer).toMatchObject({ requireLogin: true, headerAuth: true })
      } finally {
        child.kill('SIGKILL')
        await ended
      }
    } finally {
      await environment.remove()
    }
  })
})

/** What it answers as soon as somebody listens there. */
async function answered(url: string): Promise<unknown> {
  const answer = await fetch(url).catch(() => undefined)
  return answer ? answer.json() : setImmediate().then(() => answered(url))
}

it('teams-manifest.md has a manifest that fits to what setup() derives', async () => {
  const [text = ''] = blocks(await page('teams-manifest.md'), 'json')
  const manifest = JSON.parse(named(text))
  const [tab] = manifest.staticTabs
  const { host, pathname } = new URL(tab.contentUrl)
  expect(pathname).toBe('/')
  expect(tab.websiteUrl).toBe(tab.contentUrl)
  expect(manifest.validDomains).toEqual([host])
  expect(manifest.webApplicationInfo).toEqual({ id: CLIENT_ID, resource: `api://${host}/${CLIENT_ID}` })
  expect(manifest.$schema).toContain(`/v${manifest.manifestVersion}/`)
  expect(manifest.name.short.length).toBeLessThanOrEqual(30)
  expect(manifest.description.short.length).toBeLessThanOrEqual(80)
})

it('troubleshooting.md quotes what the page and the log really say', async () => {
  const sources = [...(await filesBelow('src/chainlit')), ...(await filesBelow('python/twodoor/chainlit'))]
  const quoted = [...(await page('troubleshooting.md')).matchAll(/^\| "(.+?)" /gm)].map(([, text = '']) => text)
  const ofOthers = quoted.filter((text) => text.startsWith('login.microsoftonline.com'))
  expect(ofOthers).toHaveLength(1)
  expect(quoted.length).toBeGreaterThan(10)
  const missing = quoted.filter((text) => !ofOthers.includes(text) && !sources.some((source) => source.includes(text)))
  expect(missing).toEqual([])
})

it('every link from one page to another leads somewhere', async () => {
  const names = (await readdir(folder)).map((name) => join('docs', 'chainlit', name))
  for (const name of [...names, 'docs/chainlit.md']) {
    const text = await readFile(join(root, name), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)]*)\)/g)) {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? join(root, name) : join(root, name, '..', path)
      expect(existsSync(file), `${target} in ${name}`).toBe(true)
      if (anchor) expect(anchorsIn(await readFile(file, 'utf8')), `${target} in ${name}`).toContain(anchor)
    }
  }
})

/** The texts of all files. */
async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && /\.(ts|py|json)$/.test(entry.name))
  return Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')))
}

/** As GitHub makes them of headings. */
function anchorsIn(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}
