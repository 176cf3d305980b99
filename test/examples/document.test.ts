// docs/examples.md shows the files as they are: `-u` copies them anew. And their types are right.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { EXAMPLES, run } from './run.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DOCUMENT = join(ROOT, 'docs/examples.md')
/** A block whose first line names the file: `// examples/axios/src/api.ts`. */
const BLOCK = /^(```\w+\n(?:\/\/|#|<!--) (examples\/\S+)(?: -->)?\n)(.*?)^```$/gms
/** What is no example. */
const OTHERS = ['node_modules', 'twodoor']

it('shows each file as it is', async () => {
  const text = await readFile(DOCUMENT, 'utf8')
  const blocks = [...text.matchAll(BLOCK)]
  const files = await Promise.all(blocks.map(([, , path = '']) => readFile(join(ROOT, path), 'utf8')))
  const copied = blocks.reduce((all, [block, head], i) => all.replace(block, () => `${head}${files[i]}\`\`\``), text)
  await expect(copied).toMatchFileSnapshot(DOCUMENT)
})

it('names each example', async () => {
  const text = await readFile(DOCUMENT, 'utf8')
  const entries = await readdir(EXAMPLES, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory() && !OTHERS.includes(entry.name))
  expect(folders.filter(({ name }) => !text.includes(`examples/${name}`))).toEqual([])
})

it.each(['..', '../cypress'])('has no error of types in %s', async (folder) => {
  expect(await run('twodoor', 'typescript/bin/tsc', ['-p', folder])).toBe('')
})
