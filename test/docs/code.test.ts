// The code of the documents: all of it is compiled or parsed, and what a reader copies for a server is run.

import { compileFunction } from 'node:vm'
import { afterAll, describe, expect, it } from 'vitest'
import { run } from '../package/packed.js'
import { blocksOf, blockWith, pagesOfDocs } from './pages.js'
import { writeProject } from './project.js'

// What the README has in TypeScript is compiled by the tests of the package, which it is part of.
const documents = pagesOfDocs()
/** Their code is that of whole projects, which are built and driven: by test/examples, and by test/package/dev.test.ts. */
const OF_PROJECTS = ['docs/examples.md', 'docs/dev.md']
const project = writeProject(documents.filter((page) => !OF_PROJECTS.includes(page)))
afterAll(() => project.remove())

it('compiles against the types of the package', async () => {
  await run(project.folder, 'tsc', '-p', 'tsconfig.json')
})

it('is known by its language', () => {
  const languages = new Set(documents.flatMap((page) => blocksOf(page)).map(({ language }) => language))
  const parsed = ['ts', 'tsx', 'js', 'jsx', 'python', 'json', 'html']
  const shown = ['sh', 'http', 'toml', 'nginx', 'dockerfile', 'text', 'csv', 'typescript', 'vue', 'svelte']
  expect([...languages].filter((language) => ![...parsed, ...shown].includes(language))).toEqual([])
})

it.each(['README.md', ...documents].flatMap((page) => blocksOf(page, 'json')))(
  'is JSON in $page, line $line',
  ({ code }) => {
    expect(JSON.parse(code)).toBeTypeOf('object')
  },
)

it.each(['README.md', ...documents].flatMap((page) => blocksOf(page, 'html')))(
  'has scripts that parse in $page, line $line',
  ({ code }) => {
    const scripts = [...code.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, script = '']) => script)
    expect(scripts).not.toEqual([])
    for (const script of scripts) compileFunction(script)
  },
)

describe('the start page', () => {
  it('has the code of the README, which tests run in both doors', () => {
    for (const part of ['withSocketAuth(io, auth)()', 'protectSockets(new Server(httpServer), verifier)'])
      expect(blockWith('docs/index.md', part)).toBe(blockWith('README.md', part))
  })
})

describe('docs/deploy.md', () => {
  it('has the policy of SECURITY.md, which tests serve pages with', () => {
    const [policy] = blocksOf('docs/deploy.md', 'http')
    expect(policy?.code).toBe(blocksOf('SECURITY.md', 'http')[0]?.code)
  })
})

describe('the manifest of docs/teams-tab.md', () => {
  const manifest = JSON.parse(blockWith('docs/teams-tab.md', '"manifestVersion"'))

  it('names one host, and the client ID and the scope of the code on the same page', () => {
    const { webApplicationInfo, staticTabs, validDomains } = manifest
    const { host } = new URL(staticTabs[0].contentUrl)
    expect(validDomains).toEqual([host])
    expect(webApplicationInfo.resource).toBe(`api://${host}/${webApplicationInfo.id}`)
    expect(webApplicationInfo.nestedAppAuthInfo[0].redirectUri).toBe(`brk-multihub://${host}`)
    const page = blockWith('docs/teams-tab.md', 'createAuth({')
    expect(page).toContain(`clientId: '${webApplicationInfo.id}'`)
    expect(page).toContain(`scopes: ['${webApplicationInfo.resource}/access_as_user']`)
  })
})
