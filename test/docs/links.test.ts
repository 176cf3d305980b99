// Every relative link of the documents leads to a file of the repository, and every anchor to a heading there.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { pathInRepository } from '../../docs/.vitepress/links.js'
import { headingAnchor } from '../../docs/.vitepress/slug.js'
import { anchorsOf, linksOf, pagesOfDocs, root, targetOf } from './pages.js'

const documents = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'demo/README.md', ...pagesOfDocs()]

const isRelative = (link: string) => !/^[a-z]+:/i.test(link)

it.each(documents)('%s has no link that leads nowhere', (page) => {
  const broken = linksOf(page)
    .filter(isRelative)
    .filter((link) => {
      const { path, anchor } = targetOf(page, link)
      if (!existsSync(join(root, path))) return true
      return anchor !== '' && path.endsWith('.md') && !anchorsOf(path).includes(anchor)
    })
  expect(broken).toEqual([])
})

it.each([
  ['3. The manifest', '3-the-manifest'],
  ['token_rejected', 'token_rejected'],
  ['`auth:session`, from the server', 'authsession-from-the-server'],
  ['Where do I change …?', 'where-do-i-change-'],
])('names a heading as GitHub does: %s', (heading, anchor) =>
  expect(headingAnchor(heading.replaceAll('`', ''))).toBe(anchor),
)

it.each([
  ['../README.md#options', 'react.md', 'README.md#options'],
  ['../../demo/chainlit/app.py', 'chainlit/nginx.md', 'demo/chainlit/app.py'],
  ['../chainlit.md', 'chainlit/nginx.md', undefined],
  ['react.md', 'index.md', undefined],
  ['#options', 'index.md', undefined],
  ['https://example.com/', 'index.md', undefined],
])('leads %s of %s to the repository only if it is not in docs/', (link, page, path) => {
  expect(pathInRepository(link, page)).toBe(path)
})
