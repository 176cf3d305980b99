// @vitest-environment node
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { conformanceDocument } from '../../conformance/document.js'
import { wireCases } from '../../conformance/wire/run.js'

it('docs/conformance.md is what the cases generate', () => {
  const written = readFileSync('docs/conformance.md', 'utf8')
  expect(written, 'npm run conformance -- --update writes it').toBe(conformanceDocument())
})

it('each case on the wire has a sentence of its own in its group', () => {
  const sentences = wireCases.map(({ number, sentence }) => `${number.slice(0, 3)} ${sentence}`)
  expect(new Set(sentences).size).toBe(sentences.length)
})

it('docs/socket-protocol.md names cases that there are under each sentence of "Writing a server"', () => {
  const [, section = ''] = readFileSync('docs/socket-protocol.md', 'utf8').split('## Writing a server')
  const sentences = section.split(/^\d\. /m).slice(1)
  expect(sentences.length).toBeGreaterThanOrEqual(9)
  const known = wireCases.map(({ number }) => number)
  for (const sentence of sentences) {
    const named = sentence.match(/W\d-\d\d/g) ?? []
    expect(named, sentence).not.toEqual([])
    for (const number of named) expect(known).toContain(number)
  }
})
