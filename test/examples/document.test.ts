// docs/examples.md shows the files as they are: `-u` copies them anew. And their types are right.

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
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
const SOURCE = /\.(tsx?|jsx?|vue|svelte)$/
const BUILT = /[\\/](node_modules|\.next|\.angular)([\\/]|$)/
/** The package in `from 'package/part'`. */
const IMPORT = /(?:from|import) '((?:@[^/']+\/)?[^./'][^/']*)/g

async function folders(manifest = 'package.json'): Promise<string[]> {
  const entries = await readdir(EXAMPLES, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory() && !OTHERS.includes(entry.name)).map(({ name }) => name)
  return names.filter((name) => existsSync(join(EXAMPLES, name, manifest)))
}

it('shows each file as it is', async () => {
  const text = await readFile(DOCUMENT, 'utf8')
  const blocks = [...text.matchAll(BLOCK)]
  const files = await Promise.all(blocks.map(([, , path = '']) => readFile(join(ROOT, path), 'utf8')))
  const copied = blocks.reduce((all, [block, head], i) => all.replace(block, () => `${head}${files[i]}\`\`\``), text)
  await expect(copied).toMatchFileSnapshot(DOCUMENT)
})

it('names each example', async () => {
  const text = await readFile(DOCUMENT, 'utf8')
  expect((await folders('')).filter((folder) => !text.includes(`examples/${folder}`))).toEqual([])
})

it('shows the one auth.ts that all pages have, but Angular and Next.js', async () => {
  const pages = (await folders('src/auth.ts')).filter((folder) => folder !== 'angular')
  const texts = await Promise.all(pages.map((folder) => readFile(join(EXAMPLES, folder, 'src/auth.ts'), 'utf8')))
  expect(new Set(texts).size).toBe(1)
})

it.each(await folders())('%s imports nothing that its package.json does not have', async (folder) => {
  const all = await readdir(join(EXAMPLES, folder), { recursive: true, withFileTypes: true })
  const files = all.filter((entry) => entry.isFile() && SOURCE.test(entry.name) && !BUILT.test(entry.parentPath))
  const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')))
  const imported = texts.flatMap((text) => [...text.matchAll(IMPORT)].map(([, name = '']) => name))
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(EXAMPLES, folder, 'package.json'), 'utf8'))
  const listed = Object.keys({ ...dependencies, ...devDependencies })
  expect(imported.filter((name) => !listed.includes(name) && !isBuiltin(name))).toEqual([])
})

it.each(['..', '../cypress'])('has no error of types in %s', async (folder) => {
  expect(await run('twodoor', 'typescript/bin/tsc', ['-p', folder])).toBe('')
})
