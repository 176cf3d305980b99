// docs/errors.md and docs/refusals.md, against the codes of the source.

import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createSessions,
  createVerifier,
  type OnBehalfOfCode,
  OnBehalfOfError,
  type RefusalCode,
  TokenRefusedError,
} from '../../src/server/index.js'
import { AuthError, type AuthErrorCode } from '../../src/shared/errors.js'
import { aadstsMessage } from '../../src/sources/failures/aadsts-messages.js'
import { createEntraEmulator } from '../../src/testing/index.js'
import { anchorsOf, textOf } from './pages.js'

/** The sections of a page by their heading, as far as that is a code. */
function sectionsOf(page: string): Map<string, string> {
  const sections = textOf(page).split(/^## /m).slice(1)
  const named = sections.map((text) => [text.slice(0, text.indexOf('\n')), text] as const)
  return new Map(named.filter(([heading]) => /^[a-z_]+$/.test(heading)))
}

/** The codes of a union of texts in a source file: `| 'offline'`. */
function codesIn(path: string, type: string): string[] {
  const [, union = ''] = textOf(path).match(new RegExp(`export type ${type} =(.*?)\\n\\n`, 's')) ?? []
  return [...union.matchAll(/'([a-z_]+)'/g)].map(([, code = '']) => code)
}

/** The codes of a table in a source file: `offline: {`. */
function keysIn(path: string, name: string): string[] {
  const [, table = ''] = textOf(path).match(new RegExp(`^const ${name} = \\{$(.*?)^\\}`, 'ms')) ?? []
  return [...table.matchAll(/^ {2}([a-z_]+):/gm)].map(([, code = '']) => code)
}

const HAS_BOTH = /\*\*Cause\.\*\* \S.*\n\n\*\*Remedy\.\*\* \S/s

describe('docs/errors.md', () => {
  const sections = sectionsOf('docs/errors.md')
  const codes = codesIn('src/shared/errors.ts', 'AuthErrorCode') as AuthErrorCode[]

  it('has a section for each code, and none for anything else', () => {
    expect(codes).toHaveLength(17)
    expect([...sections.keys()]).toEqual(codes)
  })

  it.each(codes)('tells the cause and the remedy of %s, where the error leads', (code) => {
    const { anchor, remedy } = new AuthError(code, { phase: 'source' })
    const [page, heading = ''] = anchor.split('#')
    expect(anchorsOf(`docs/${page}.md`)).toContain(heading)
    const section = sections.get(code) ?? ''
    expect(section).toMatch(HAS_BOTH)
    expect(section.replaceAll('\n', ' ')).toContain(`**Remedy.** ${remedy}`)
  })

  it('has the numbers of Entra ID that there is a message for', () => {
    const source = textOf('src/sources/failures/aadsts-messages.ts')
    const numbers = [...source.matchAll(/^ {2}(\d+): /gm)].map(([, number]) => Number(number)).sort((a, b) => a - b)
    const rows = numbers.map((number) => {
      const [meaning, remedy] = aadstsMessage(number)
      const cells = [number, meaning.replace(/^AADSTS\d+: /, ''), remedy.replaceAll('<', '\\<')]
      return `| ${cells.join(' | ')} |`
    })
    expect(textOf('docs/errors.md').match(/^\| \d+ \|.*$/gm)).toEqual(rows)
  })
})

describe('docs/refusals.md', () => {
  const sections = sectionsOf('docs/refusals.md')
  const ofTokens = keysIn('src/server/refusal.ts', 'refusals') as RefusalCode[]
  const onBehalfOf = codesIn('src/server/on-behalf-of/error.ts', 'OnBehalfOfCode') as OnBehalfOfCode[]
  const ofSessions = codesIn('src/server/session/answer.ts', 'SessionRefusalCode')
  const ofSockets = codesIn('src/server/sockets/token-check.ts', 'SocketRefusalCode')

  it('has a section for each code, and none for anything else', () => {
    expect([ofTokens, onBehalfOf, ofSessions, ofSockets].map(({ length }) => length)).toEqual([15, 5, 4, 2])
    const codes = new Set<string>([...ofTokens, ...ofSessions, ...ofSockets, ...onBehalfOf])
    expect([...sections.keys()].sort()).toEqual([...codes].sort())
    for (const section of sections.values()) expect(section).toMatch(HAS_BOTH)
  })

  it.each(ofTokens)('tells how %s is answered, where the error leads', (code) => {
    const { anchor, status, retry } = new TokenRefusedError(code, '')
    expect(sections.get(code)).toContain(`\n${status}, ${retry ? 'retry' : 'no retry'}. `)
    expect(anchor).toBe(`refusals#${code}`)
  })

  it.each(onBehalfOf)('tells how %s is answered on behalf of a user', (code) => {
    const error = new OnBehalfOfError(code, { remedy: '' })
    expect(sections.get(code)).toContain(`\n${error.status}, `)
    expect(error.anchor).toBe(`refusals#${code}`)
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ anchor: error.anchor })
  })

  it('tells how a session URL answers', async () => {
    const entra = await createEntraEmulator()
    onTestFinished(() => entra.dispose())
    const verifier = createVerifier(entra.verifierOptions())
    const sessions = createSessions({ verifier, secret: 'a secret of this test, and of nothing else' })
    const authorization = `Bearer ${await entra.mint('adele@contoso.example')}`
    const ask = (init: RequestInit) => sessions.handle(new Request('https://app.example/session', init))
    const requests = [
      { method: 'GET' },
      { method: 'PUT' },
      { method: 'POST', headers: { origin: 'https://app.example', authorization, 'x-twodoor-context': 'sideways' } },
      { method: 'POST', headers: { origin: 'https://elsewhere.example' } },
    ]
    const answers = await Promise.all(requests.map(ask))
    const told = await Promise.all(answers.map(async (answer) => [answer.status, (await answer.json()).code] as const))
    expect(told.map(([, code]) => code).sort()).toEqual([...ofSessions].sort())
    for (const [status, code] of told) expect(sections.get(code)).toContain(`\n${status}. `)
  })
})
