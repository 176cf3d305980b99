import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { generated } from '../../../scripts/clouds.js'
import { knownHosts } from '../../../src/page/known-hosts.js'
import { createVerifier, microsoftCloud } from '../../../src/server/index.js'
import { clouds, otherNamesOfAuthorities } from '../../../src/shared/clouds.js'
import { DEFAULT_AUTHORITY } from '../../../src/shared/origins.js'
import { createEntraEmulator } from '../../../src/testing/index.js'
import { contentSecurityPolicyIn } from '../../conformance/security/index.js'

const clientId = 'c0000000-0000-4000-8000-000000000001'
const tenant = '10000000-0000-4000-8000-00000000000a'
const isFramed = (host: string, source: string) =>
  source.startsWith('https://*.') ? host.endsWith(source.slice('https://*'.length)) : source === `https://${host}`

/** What MSAL knows of Microsoft's authorities: the names of each, the first one being that which it asks. */
function namesInMsal(): string[][] {
  const browser = createRequire(import.meta.url).resolve('@azure/msal-browser')
  const folder = dirname(createRequire(browser).resolve('@azure/msal-common/package.json'))
  const source = readFileSync(join(folder, 'dist/authority/AuthorityMetadata.mjs'), 'utf8')
  const entries = [...source.matchAll(/preferred_network: "([^"]+)",[^[]+aliases: \[([^\]]+)\]/g)]
  return entries.map(([, first = '', names = '']) => [
    ...new Set([first, ...[...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)]),
  ])
}

describe('the table of clouds', () => {
  it.each(Object.entries(generated))('is what %s is made of', (path, text) => {
    expect(readFileSync(path, 'utf8'), 'npm run clouds writes it').toBe(text)
  })

  it('has the authority of the public cloud, which is the default', () => {
    expect(microsoftCloud('public').authority).toBe(DEFAULT_AUTHORITY)
  })

  it('names each authority as MSAL does, and knows all other names that MSAL has for it', () => {
    const authorities = [...new Set(clouds.map(({ authority }) => authority))]
    for (const authority of authorities) {
      const names = namesInMsal().find(([first]) => `https://${first}` === authority)
      const others = names?.slice(1).map((name) => [`https://${name}`, authority])
      expect(Object.entries(otherNamesOfAuthorities)).toEqual(expect.arrayContaining(others ?? [['not in MSAL']]))
    }
  })

  it('has every sovereign host of teams-js in one cloud, and no host of another cloud in it', () => {
    const sovereign = clouds.filter(({ authority }) => authority !== DEFAULT_AUTHORITY)
    const ofSovereign = knownHosts.filter((host) => /\.(us|mil|cn)$|usgov/.test(host))
    for (const host of ofSovereign) {
      const framed = clouds.filter(({ frameAncestors }) => frameAncestors.some((source) => isFramed(host, source)))
      expect(framed, host).toHaveLength(1)
    }
    const named = sovereign.flatMap(({ frameAncestors }) => frameAncestors.map((each) => each.slice('https://'.length)))
    expect(named.filter((host) => !ofSovereign.includes(host))).toEqual(['teams.microsoftonline.cn'])
    expect(new Set(named).size).toBe(named.length)
  })

  it('has the hosts of the public cloud that SECURITY.md prints', () => {
    const [, sources] = contentSecurityPolicyIn(readFileSync('SECURITY.md', 'utf8')).match(
      /frame-ancestors 'self' ([^;]+)/,
    ) as RegExpMatchArray
    expect(sources?.trim().split(/\s+/)).toEqual(microsoftCloud('public').frameAncestors)
  })
})

describe('microsoftCloud', () => {
  it('refuses a cloud that it does not know, and names those that it knows', () => {
    for (const name of ['germany', 'GCC High', '', 'constructor', undefined])
      expect(() => microsoftCloud(name as never)).toThrow(
        /^`cloud` must be one of public, gcc, gcc-high, dod, 21vianet, for example gcc-high, not/,
      )
  })

  it('gives what nobody can change', () => {
    const cloud = microsoftCloud('dod')
    expect(() => Object.assign(cloud, { authority: 'https://evil.example' })).toThrow(TypeError)
    expect(() => (cloud.frameAncestors as string[]).push('https://evil.example')).toThrow(TypeError)
  })
})

describe('an authority', () => {
  const verifierAt = (authority: string) => createVerifier({ clientId, tenants: [tenant], authority })

  it.each(Object.entries(otherNamesOfAuthorities))('%s is refused, in favour of %s', (other, authority) => {
    expect(() => verifierAt(other)).toThrow(
      `\`authority\` must be the name that tokens have for it, ${authority}, not '${other}'.`,
    )
    expect(() => verifierAt(authority)).not.toThrow()
  })

  it.each([
    'https://login.microsoftonline.de',
    'https://login-us.microsoftonline.com',
    'https://login.microsoftonline.cn',
    'https://login.sovcloud-identity.fr',
    'https://login.sovcloud-identity.de',
    'https://login.sovcloud-identity.sg',
  ])('%s is of no cloud that is known, and refused', (authority) => {
    expect(() => verifierAt(authority)).toThrow(
      /^`authority` must be that of a cloud that is known: https:.*\.us, https:/,
    )
  })

  it.each(['https://microsoftonline.example', 'https://login.contoso.com', 'http://localhost:8443'])(
    '%s is no cloud of Microsoft’s, and stays possible',
    (authority) => {
      expect(() => verifierAt(authority)).not.toThrow()
    },
  )
})

describe.each([...new Set(clouds.map(({ authority }) => authority))])('the emulator at %s', (url) => {
  async function tokenOf(version: 1 | 2) {
    const entra = await createEntraEmulator({ url })
    onTestFinished(() => entra.dispose())
    return { entra, token: await entra.mint('adele@contoso.example', { version }) }
  }

  it.each([1, 2] as const)('issues tokens of version %s that a verifier of the same cloud accepts', async (version) => {
    const { entra, token } = await tokenOf(version)
    const verifier = createVerifier({ ...entra.verifierOptions(), onRefused: () => {} })
    expect((await verifier.verify(token)).tenantId).toBe(entra.tenant)
  })

  it.each(clouds.filter(({ authority }) => authority !== url))(
    'issues none that one of $title accepts: it tells which authority to name',
    async ({ authority }) => {
      const { entra, token } = await tokenOf(2)
      const reasons: string[] = []
      const onRefused = ({ reason }: { reason: string }) => void reasons.push(reason)
      const verifier = createVerifier({ ...entra.verifierOptions(), authority, onRefused })
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'wrong_issuer' })
      expect(reasons).toEqual([
        `\`iss\` is not that of the same tenant at ${authority}. Another cloud has issued it: if its users may sign in here, \`authority\` is ${url}.`,
      ])
    },
  )
})
