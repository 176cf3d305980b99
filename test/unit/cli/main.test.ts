// @vitest-environment node
// What every command of `twodoor` has in common.

import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { readFlags } from '../../../src/cli/flags.js'
import { main } from '../../../src/cli/main.js'

async function twodoor(...args: string[]) {
  const said: string[] = []
  const complaints: string[] = []
  const context = { folder: '/', signal: new AbortController().signal, say: (line: string) => void said.push(line) }
  const exitCode = await main(args, context, (line) => void complaints.push(line))
  return { exitCode, said: said.join('\n'), complaints }
}

describe('the command twodoor', () => {
  it.each([[], ['--help'], ['-h']])('tells which commands there are: %s', async (...args: string[]) => {
    const { exitCode, said } = await twodoor(...args)
    expect(exitCode).toBe(0)
    expect(said).toContain('Usage: npx twodoor <command>')
  })

  it('tells its version', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    expect(await twodoor('--version')).toEqual({ exitCode: 0, said: version, complaints: [] })
  })

  it.each(['start', 'constructor', '__proto__', '--verbose'])(
    'has no command %s, and says so in one sentence',
    async (name) => {
      const complaints = [`There is no command "${name}". See \`npx twodoor --help\`.`]
      expect(await twodoor(name)).toEqual({ exitCode: 2, said: '', complaints })
    },
  )
})

describe('what a command did not expect', () => {
  it('is said in one sentence, with the exit code of a command that could not do its work', async () => {
    const complaints: string[] = []
    const say = () => {
      throw new RangeError('Out of \u001b[2Jpaper\nat the printer')
    }
    const context = { folder: '/', signal: new AbortController().signal, say }
    expect(await main(['--version'], context, (line) => void complaints.push(line))).toBe(2)
    expect(complaints).toEqual(['twodoor ended by an error that it did not expect: RangeError: Out of �[2Jpaper.'])
  })
})

describe('the flags of a command', () => {
  const options = { json: { type: 'boolean' }, port: { type: 'string' } } as const

  it('are read with what stands beside them', () => {
    const { values, positionals } = readFlags('doctor', ['https://contoso.com', '--json', '--port=80'], options)
    expect(values).toEqual({ json: true, port: '80' })
    expect(positionals).toEqual(['https://contoso.com'])
  })

  it.each([
    [['--yaml'], "Unknown option '--yaml'. See `npx twodoor doctor --help`."],
    [['--port'], "Option '--port <value>' argument missing. See `npx twodoor doctor --help`."],
    [['--json=1'], "Option '--json' does not take an argument. See `npx twodoor doctor --help`."],
  ])('are refused in one sentence: %s', (args, sentence) => {
    expect(() => readFlags('doctor', args, options)).toThrow(sentence)
  })
})
