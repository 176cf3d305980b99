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
