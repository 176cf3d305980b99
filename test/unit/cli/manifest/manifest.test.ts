// @vitest-environment node
// `npx twodoor manifest`: what it writes is read by others, and its manifest by Microsoft's own schemas.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppManifestUtils, type TeamsManifest } from '@microsoft/app-manifest'
import { strFromU8, unzipSync } from 'fflate'
import { PNG } from 'pngjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MANIFEST_VERSIONS } from '../../../../src/cli/manifest/app-manifest.js'
import { type CommandLine, openCommandLine } from '../command-line.js'

const CLIENT_ID = '11111111-2222-3333-4444-555555555555'
const NEEDED = ['--url', 'https://contoso.com/app', '--client-id', CLIENT_ID, '--name', 'Contoso Orders']
const EVERYTHING = [
  ...NEEDED,
  ...['--short-name', 'Orders', '--description', 'What was ordered.', '--developer', 'Contoso'],
  ...['--website-url', 'https://contoso.com/about', '--privacy-url', 'https://contoso.com/legal?of=privacy'],
  ...['--terms-url', 'https://contoso.com/legal', '--accent-color', '#aA0011', '--app-version', '2.0.10'],
  ...['--scope', 'User.Read', '--scope', 'Mail.Read', '--configuration-url', 'https://contoso.com/app/set-up'],
  ...['--id', 'AAAAAAAA-2222-3333-4444-555555555555'],
]

let line: CommandLine

beforeEach(async () => {
  line = await openCommandLine()
})
afterEach(() => line.remove())

const manifest = (...args: string[]) => line.run('manifest', ...args)
const filesOf = async (name = 'teams-app.zip') => unzipSync(await readFile(join(line.folder, name)))
const contentOf = (files: Record<string, Uint8Array>) =>
  JSON.parse(strFromU8(files['manifest.json'] ?? new Uint8Array())) as TeamsManifest & Record<string, unknown>

/** Every request would be to the network: the schemas are in the package. */
const problemsOf = (content: TeamsManifest) => AppManifestUtils.validateAgainstSchema(content)

describe('npx twodoor manifest', () => {
  it('writes a Teams app with a personal tab, for Teams SSO and nested app auth', async () => {
    expect(await manifest(...NEEDED)).toMatchObject({ exitCode: 0, complaints: [] })
    const files = await filesOf()
    expect(Object.keys(files)).toEqual(['manifest.json', 'color.png', 'outline.png'])
    expect(contentOf(files)).toMatchObject({
      manifestVersion: '1.22',
      version: '1.0.0',
      name: { short: 'Contoso Orders', full: 'Contoso Orders' },
      staticTabs: [
        { contentUrl: 'https://contoso.com/app', websiteUrl: 'https://contoso.com/app', scopes: ['personal'] },
      ],
      validDomains: ['contoso.com'],
      webApplicationInfo: {
        id: CLIENT_ID,
        resource: `api://contoso.com/${CLIENT_ID}`,
        nestedAppAuthInfo: [
          { redirectUri: 'brk-multihub://contoso.com', scopes: [`api://contoso.com/${CLIENT_ID}/access_as_user`] },
        ],
      },
    })
  })

  it.each(MANIFEST_VERSIONS)("is valid by Microsoft's schema of version %s", async (version) => {
    for (const flags of [NEEDED, EVERYTHING]) {
      await manifest(...flags, '--manifest-version', version, '--force')
      const content = contentOf(await filesOf())
      expect(content.$schema).toContain(`/v${version}/`)
      expect(await problemsOf(content)).toEqual([])
    }
  })

  it('is compared by a validator that finds mistakes', async () => {
    await manifest(...NEEDED)
    expect(await problemsOf({ ...contentOf(await filesOf()), accentColor: 'red' })).toEqual([
      expect.stringContaining('/accentColor must match pattern'),
    ])
  })

  it('takes everything from its flags', async () => {
    await manifest(...EVERYTHING)
    expect(contentOf(await filesOf())).toMatchObject({
      id: 'aaaaaaaa-2222-3333-4444-555555555555',
      version: '2.0.10',
      name: { short: 'Orders', full: 'Contoso Orders' },
      description: { short: 'What was ordered.', full: 'What was ordered.' },
      developer: {
        name: 'Contoso',
        websiteUrl: 'https://contoso.com/about',
        privacyUrl: 'https://contoso.com/legal?of=privacy',
        termsOfUseUrl: 'https://contoso.com/legal',
      },
      accentColor: '#aA0011',
      configurableTabs: [{ configurationUrl: 'https://contoso.com/app/set-up', scopes: ['team', 'groupChat'] }],
      webApplicationInfo: { nestedAppAuthInfo: [{ scopes: ['User.Read', 'Mail.Read'] }] },
    })
  })

  it('names the domain with its port', async () => {
    await manifest(...NEEDED, '--url', 'https://localhost:5173/')
    expect(contentOf(await filesOf())).toMatchObject({
      validDomains: ['localhost:5173'],
      webApplicationInfo: { resource: `api://localhost:5173/${CLIENT_ID}` },
    })
  })

  it('writes the same bytes for the same flags, and the same app for the same client ID', async () => {
    await manifest(...NEEDED, '--out', 'first.zip')
    await manifest(...NEEDED, '--out', 'second.zip')
    expect(await readFile(join(line.folder, 'first.zip'))).toEqual(await readFile(join(line.folder, 'second.zip')))

    await manifest(...NEEDED, '--name', 'Another name', '--url', 'https://fabrikam.com', '--out', 'third.zip')
    const other = [...NEEDED, '--client-id', '99999999-2222-3333-4444-555555555555']
    await manifest(...other, '--out', 'fourth.zip')
    const ids = await Promise.all(
      ['first.zip', 'third.zip', 'fourth.zip'].map(async (name) => contentOf(await filesOf(name)).id),
    )
    expect(ids[0]).toBe(ids[1])
    expect(ids[0]).not.toBe(ids[2])
    expect(ids[0]).not.toBe(CLIENT_ID)
    expect(ids[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  })

  it('draws icons of the right size: one in the accent color, one white on nothing', async () => {
    await manifest(...NEEDED, '--accent-color', '#102030')
    const files = await filesOf()
    const color = PNG.sync.read(Buffer.from(files['color.png'] ?? []))
    const outline = PNG.sync.read(Buffer.from(files['outline.png'] ?? []))
    expect([color.width, color.height, outline.width, outline.height]).toEqual([192, 192, 32, 32])
    const kinds = (icon: PNG) => [...new Set(icon.data.toString('hex').match(/.{8}/g))].sort()
    expect(kinds(color)).toEqual(['102030ff', 'ffffffff'])
    expect(kinds(outline)).toEqual(['ffffff00', 'ffffffff'])
  })

  it('takes icons of yours, if they have the right size', async () => {
    const icon = (size: number) => PNG.sync.write(new PNG({ width: size, height: size }))
    await writeFile(join(line.folder, 'mine.png'), icon(192))
    await writeFile(join(line.folder, 'wrong.png'), icon(191))
    await manifest(...NEEDED, '--color-icon', 'mine.png')
    expect(Buffer.from((await filesOf())['color.png'] ?? [])).toEqual(icon(192))
    expect((await manifest(...NEEDED, '--color-icon', 'wrong.png', '--force')).complaints).toEqual([
      `--color-icon: ${join(line.folder, 'wrong.png')} is not a PNG of 192 x 192 pixels.`,
    ])
    expect((await manifest(...NEEDED, '--outline-icon', 'none.png', '--force')).complaints).toEqual([
      `--outline-icon: ${join(line.folder, 'none.png')} cannot be read.`,
    ])
  })

  it('overwrites nothing without --force', async () => {
    await writeFile(join(line.folder, 'teams-app.zip'), 'mine')
    const { exitCode, complaints } = await manifest(...NEEDED)
    expect({ exitCode, complaints }).toEqual({
      exitCode: 2,
      complaints: ['teams-app.zip exists already: --force overwrites it.'],
    })
    expect(await readFile(join(line.folder, 'teams-app.zip'), 'utf8')).toBe('mine')
    expect((await manifest(...NEEDED, '--force')).exitCode).toBe(0)
    expect(Object.keys(await filesOf())).toHaveLength(3)
  })

  it('says what the app registration has to have, and what it has guessed', async () => {
    const { said } = await manifest(...NEEDED)
    const text = said.join('\n')
    for (const part of [
      'https://contoso.com/privacy and https://contoso.com/terms',
      'Redirect URIs\n    https://contoso.com/\n    brk-multihub://contoso.com',
      `Application ID URI\n    api://contoso.com/${CLIENT_ID}`,
      'npx twodoor doctor teams-app.zip https://contoso.com/app',
    ])
      expect(text).toContain(part)
  })

  it('names the redirect URI of an app that has one of its own, to doctor too', async () => {
    const { said } = await manifest(...NEEDED, '--redirect-uri', '/app/')
    const text = said.join('\n')
    expect(text).toContain('Redirect URIs\n    https://contoso.com/app/\n    brk-multihub://contoso.com')
    expect(said.at(-1)).toBe(
      'Check it: npx twodoor doctor teams-app.zip https://contoso.com/app --redirect-uri https://contoso.com/app/',
    )
  })
})

describe('flags that will not do are refused in one sentence', () => {
  const without = (flag: string) => NEEDED.filter((_, index) => NEEDED[index - (index % 2)] !== flag)

  it.each<[sentence: string, args: string[]]>([
    [
      "--redirect-uri must be a page of https://contoso.com without #, for example https://contoso.com/, not 'https://fabrikam.com/'.",
      [...NEEDED, '--redirect-uri', 'https://fabrikam.com/'],
    ],
    [
      '--url is missing: it must be an address on https without #, for example https://app.contoso.com/.',
      without('--url'),
    ],
    [
      "--url must be an address on https without #, for example https://app.contoso.com/, not 'http://contoso.com'.",
      [...NEEDED, '--url', 'http://contoso.com'],
    ],
    [
      "--url must be an address on https without #, for example https://app.contoso.com/, not 'contoso'.",
      [...NEEDED, '--url', 'contoso'],
    ],
    [
      '--client-id is missing: it must be a GUID, for example 00000000-0000-0000-0000-000000000000.',
      without('--client-id'),
    ],
    [
      "--client-id must be a GUID, for example 00000000-0000-0000-0000-000000000000, not '1'.",
      [...NEEDED, '--client-id', '1'],
    ],
    ['--name is missing: it must be a text of at most 100 characters.', without('--name')],
    ['--name is empty: it must be a text of at most 100 characters.', [...NEEDED, '--name', ' ']],
    ['--name has 101 characters, and Teams takes at most 100.', [...NEEDED, '--name', 'n'.repeat(101)]],
    ['--name has 31 characters: add --short-name with at most 30.', [...NEEDED, '--name', 'n'.repeat(31)]],
    ['--short-name has 31 characters, and Teams takes at most 30.', [...NEEDED, '--short-name', 'n'.repeat(31)]],
    ['--description has 81 characters, and Teams takes at most 80.', [...NEEDED, '--description', 'd'.repeat(81)]],
    ['--developer has 33 characters, and Teams takes at most 32.', [...NEEDED, '--developer', 'd'.repeat(33)]],
    ["--accent-color must be # and six digits, as #4F52B2, not 'red'.", [...NEEDED, '--accent-color', 'red']],
    ["--app-version must be three numbers, for example 1.0.0, not '1.0'.", [...NEEDED, '--app-version', '1.0']],
    ["--manifest-version must be a version from 1.22 to 1.30, not '1.19'.", [...NEEDED, '--manifest-version', '1.19']],
    ["--scope must be a scope, for example User.Read, not 'User Read'.", [...NEEDED, '--scope', 'User Read']],
    [
      "--scope must be given at most 20 times, not '21 scopes'.",
      [...NEEDED, ...Array.from({ length: 21 }, () => '--scope=User.Read')],
    ],
    ['teams/app.zip cannot be written: does its folder exist?', [...NEEDED, '--out', 'teams/app.zip']],
    ['"app.zip" belongs to no flag. See `npx twodoor manifest --help`.', [...NEEDED, 'app.zip']],
    ["Unknown option '--yaml'. See `npx twodoor manifest --help`.", [...NEEDED, '--yaml']],
  ])('%s', async (sentence, args) => {
    expect(await manifest(...args)).toEqual({ exitCode: 2, said: [], complaints: [sentence] })
  })
})
