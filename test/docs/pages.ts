// The pages of docs/, and what stands in them.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { headingAnchor } from '../../docs/.vitepress/slug.js'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface CodeBlock {
  /** The page, as `docs/react.md`. */
  readonly page: string
  readonly language: string
  readonly code: string
  /** Where it begins. */
  readonly line: number
}

/** All pages, as `docs/chainlit/nginx.md`, without those that VitePress keeps for itself. */
export function pagesOfDocs(): string[] {
  const paths = readdirSync(join(root, 'docs'), { recursive: true }).map((path) => String(path).replaceAll('\\', '/'))
  return paths.filter((path) => path.endsWith('.md') && !path.startsWith('.')).map((path) => `docs/${path}`)
}

export function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

export function blocksOf(page: string, ...languages: string[]): CodeBlock[] {
  const text = textOf(page)
  const found = [...text.matchAll(/^( *)```(\S+)\n(.*?)^\1```$/gms)].map(
    ({ 2: language = '', 3: code = '', index }) => ({
      page,
      language,
      code,
      line: text.slice(0, index).split('\n').length + 1,
    }),
  )
  return languages.length === 0 ? found : found.filter(({ language }) => languages.includes(language))
}

/** The one block of a page with this text in it. */
export function blockWith(page: string, part: string): string {
  const found = blocksOf(page).filter(({ code }) => code.includes(part))
  const [block] = found
  if (!block || found.length > 1) throw new Error(`${found.length} blocks of ${page} have ${part} in them.`)
  return block.code
}

/** A page without its code, in which nothing is a link or a heading. */
function prose(page: string): string {
  return textOf(page)
    .replace(/^( *)```.*?^\1```$/gms, '')
    .replace(/`[^`\n]*`/g, (code) => code.replaceAll('](', ') ('))
}

export function linksOf(page: string): string[] {
  return [...prose(page).matchAll(/\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)/g)].map(([, target = '']) => target)
}

/** The anchors of a page, as GitHub and the site make them. */
export function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>()
  return [
    ...textOf(page)
      .replace(/^( *)```.*?^\1```$/gms, '')
      .matchAll(/^#{1,6} (.*)$/gm),
  ].map(([, heading = '']) => {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
    const anchor = headingAnchor(plain)
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  })
}

/** Where a relative link leads: a path of the repository, and the anchor there. */
export function targetOf(page: string, link: string): { readonly path: string; readonly anchor: string } {
  const [path = '', anchor = ''] = link.split('#')
  return { path: path === '' ? page : join(dirname(page), path), anchor }
}
