import { posix } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'

const REPOSITORY = 'https://github.com/twodoor/twodoor/blob/main/'

/** A link of a page that leads out of docs/ leads to the repository, where that file is to be seen. */
export function linkToRepository(markdown: MarkdownRenderer): void {
  const render = markdown.renderer.rules.link_open
  markdown.renderer.rules.link_open = (tokens, index, options, env, self) => {
    const token = tokens[index]
    const href = token?.attrGet('href')
    const target = href && pathInRepository(href, String(env.relativePath))
    if (token && target) token.attrSet('href', REPOSITORY + target)
    return render ? render(tokens, index, options, env, self) : self.renderToken(tokens, index, options)
  }
}

/** @returns `undefined` for what lies in docs/, and for what is no relative link */
export function pathInRepository(href: string, page: string): string | undefined {
  if (/^([a-z]+:|[/#])/i.test(href)) return undefined
  const path = posix.join('docs', posix.dirname(page), href)
  return path.startsWith('docs/') ? undefined : path
}
