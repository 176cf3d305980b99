// @vitest-environment node
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contentSecurityPolicyIn, numbersIn, securityLines, withProofs } from '../../conformance/security/index.js'
import { tokenFile } from '../../conformance/token-file.js'
import { wireCases } from '../../conformance/wire/run.js'

const read = (path: string) => readFileSync(path, 'utf8')

describe('SECURITY.md', () => {
  it('has each of its numbered sentences once, in order, and no other', () => {
    const numbers = numbersIn(read('SECURITY.md'))
    expect(numbers).toEqual(numbers.map((_, index) => `S${index + 1}`))
    const known = securityLines.map(({ id }) => id)
    expect([...known].sort()).toEqual([...numbers].sort())
  })

  it('prints a policy that lets those frame the page who may frame a Chainlit', () => {
    const [, hosts = ''] = /frame-ancestors ([^;]+)/.exec(contentSecurityPolicyIn(read('SECURITY.md'))) ?? []
    const ofChainlit = /"frame-ancestors ([^"]+)"\s+"([^"]+)"/.exec(read('python/tests/chainlit/test_answers.py')) ?? []
    expect(hosts).toBe(`${ofChainlit[1]}${ofChainlit[2]}`)
  })

  it('names under each what proves it', () => {
    const written = read('SECURITY.md')
    expect(written, 'npm run conformance -- --update writes it').toBe(withProofs(written))
  })
})

describe.each(securityLines.map((each) => [each.id, each] as const))('%s', (_, { proofs, planted }) => {
  it.each(proofs.map((proof) => [proof.number ?? proof.title, proof] as const))('is proved by “%s”', (_name, proof) => {
    const numbers = [...wireCases, ...tokenFile.cases].map(({ number }) => number)
    if (proof.number !== undefined) return expect(numbers).toContain(proof.number)
    const source = read(proof.file)
    const isTest = proof.file.endsWith('.py') ? [`def ${proof.title}(`] : [`'${proof.title}'`, `"${proof.title}"`]
    expect(
      isTest.some((text) => source.includes(text)),
      `${proof.title} in ${proof.file}`,
    ).toBe(true)
  })

  it('has a mistake to plant that can be planted', () => {
    for (const { file, from } of planted) expect(read(file).split(from)).toHaveLength(2)
  })
})
