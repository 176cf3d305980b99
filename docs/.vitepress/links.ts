import { posix } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'

const REPOSITORY = 'https://github.com/twodoor/twodoor/blob/main/'

/** A link of a page that leads out of docs/ leads to the repository, where that file is to be seen. */
export function linkToRepository(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('links-to-repository', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const target = pathInRepository(String(token.attrGet('href') ?? ''), String(env.relativePath))
      if (token.type === 'link_open' && target) token.attrSet('href', REPOSITORY + target)
    }
  })
}

/** @returns `undefined` for what lies in docs/, and for what is no relative link */
export function pathInRepository(href: string, page: string): string | undefined {
  if (href === '' || /^([a-z]+:|[/#])/i.test(href)) return undefined
  const path = posix.join('docs', posix.dirname(page), href)
  return path.startsWith('docs/') ? undefined : path
}
