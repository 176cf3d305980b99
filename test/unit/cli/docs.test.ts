// @vitest-environment node
// docs/doctor.md and docs/manifest.md: their commands are run as they stand there, at an app on this machine.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FINDING_CODES } from '../../../src/cli/doctor/report.js'
import { MANIFEST_VERSIONS } from '../../../src/cli/manifest/app-manifest.js'
import { type CommandLine, openCommandLine } from './command-line.js'
import { APP, healthyApp, runDoctor, siteListener, Web } from './doctor/contoso.js'

let line: CommandLine
let web: Web

beforeEach(async () => {
  line = await openCommandLine()
  web = new Web()
  await web.add(APP, siteListener(healthyApp))
})
afterEach(async () => {
  await web.close()
  await line.remove()
})

const documentOf = (name: string) => readFile(`docs/${name}.md`, 'utf8')
const shell = (text: string) =>
  [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, code = '']) => code.trim().split('\n'))
const wordsOf = (command: string) =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

/** `doctor` asks the app at its real name, which leads to this machine. */
async function run(command: string): Promise<number> {
  const [npx, twodoor, name, ...args] = wordsOf(command)
  expect([npx, twodoor]).toEqual(['npx', 'twodoor'])
  if (name === 'doctor') return (await runDoctor(web, line.folder, ...args)).exitCode
  return (await line.run(name ?? '', ...args)).exitCode
}

/** The first column of a table, without the marks of code. */
const firstColumn = (text: string) =>
  [...text.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = '']) => cell.replaceAll('`', '').split(', '))

describe('manifest.md', () => {
  it('leads to an app that doctor finds nothing at', async () => {
    const commands = shell(await documentOf('manifest'))
    expect(commands).toHaveLength(2)
    for (const command of commands) expect(await run(command)).toBe(0)
  })

  it('has every flag, and the versions that can be written', async () => {
    const text = await documentOf('manifest')
    const { said } = await line.run('manifest', '--help')
    const flags = [...said.join('\n').matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag)
    expect(firstColumn(text).sort()).toEqual(flags.sort())
    expect(text).toContain(`from ${MANIFEST_VERSIONS[0]} to ${MANIFEST_VERSIONS.at(-1)}`)
  })
})

describe('doctor.md', () => {
  it('has commands that work', async () => {
    const [make = ''] = shell(await documentOf('manifest'))
    await run(make)
    const content = unzipSync(await readFile(join(line.folder, 'teams-app.zip')))['manifest.json']
    await writeFile(join(line.folder, 'manifest.json'), content ?? '')
    const commands = shell(await documentOf('doctor'))
    expect(commands).toHaveLength(3)
    for (const command of commands) expect(await run(command)).toBe(0)
  })

  it('has the members of the report that --json prints', async () => {
    const [type = ''] = /^interface DoctorReport[\s\S]*?^}/m.exec(await documentOf('doctor')) ?? []
    const { text } = await runDoctor(web, line.folder, `${APP}/none`, '--json')
    const report = JSON.parse(text) as Record<string, unknown> & { findings: object[]; registration: object[] }
    const members = [report, ...report.findings, ...report.registration].flatMap((each) => Object.keys(each))
    const documented = [...type.matchAll(/(\w+):/g)].map(([, name]) => name)
    expect(documented.sort()).toEqual([...new Set(members)].sort())
  })

  it('has every flag and every code', async () => {
    const { said } = await line.run('doctor', '--help')
    const flags = [...said.join('\n').matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag)
    const codes: string[] = Object.values(FINDING_CODES).flat()
    expect(firstColumn(await documentOf('doctor'))).toEqual([...flags, ...codes])
  })
})
