import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './packed.js'

/** The code blocks of the README, as they stand there. */
export async function readmeBlocks(languages = 'ts'): Promise<string[]> {
  const text = await readFile(join(root, 'README.md'), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`(?:${languages})\\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code)
}

/** The one block that has `word` in it. */
export async function readmeBlock(word: string, languages = 'ts|tsx'): Promise<string> {
  const found = (await readmeBlocks(languages)).filter((code) => code.includes(word))
  const [block] = found
  if (!block || found.length > 1) throw new Error(`${found.length} blocks of the README have ${word} in them.`)
  return block
}

/** A call as the README writes it, with all its arguments; the longest, if it is there more than once. */
export async function readmeCall(name: string): Promise<string> {
  const text = await readFile(join(root, 'README.md'), 'utf8')
  const calls = text
    .split(`${name}(`)
    .slice(1)
    .map((rest) => `${name}(${argumentsOf(rest)})`)
  const [longest] = calls.sort((a, b) => b.length - a.length)
  if (!longest) throw new Error(`The README has no call of ${name}.`)
  return longest
}

/** What comes before the bracket that closes. */
function argumentsOf(text: string): string {
  let depth = 1
  const end = [...text].findIndex((char) => {
    if (char === '(') depth++
    if (char === ')') depth--
    return depth === 0
  })
  return text.slice(0, end)
}
