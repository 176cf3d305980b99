// @vitest-environment node
// The versions of msal-node that an app may have: the oldest of each major that package.json names, and the newest.
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { generate } from 'selfsigned'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createEntraEmulator } from '../../../../src/testing/index.js'
import { ADELE, SECRET } from './server.js'
import { memoryStore } from './stores.js'

const FOLDERS = ['msal-node-3', 'msal-node-5', 'msal-node-6', 'msal-node-7.0', '@azure/msal-node']
const versionOf = (folder: string): string =>
  JSON.parse(readFileSync(`node_modules/${folder}/package.json`, 'utf8')).version
const libraries = FOLDERS.map((folder) => ({ folder, version: versionOf(folder) }))

const pair = await generate([{ name: 'commonName', value: 'server' }], { keySize: 2048, algorithm: 'sha256' })
const certificate = {
  privateKey: pair.private,
  thumbprintSha256: createHash('sha256').update(new X509Certificate(pair.cert).raw).digest('hex'),
}
const web = { redirectUris: [], clientSecret: SECRET, certificates: [pair.cert] }

describe.each(libraries)('with msal-node $version', ({ folder, version }) => {
  /** Of modules that load this version; what it has been asked for is in `entra.requests`. */
  async function setUp(changes: object = {}) {
    vi.resetModules()
    vi.doMock('@azure/msal-node', () => import(folder))
    onTestFinished(() => void vi.doUnmock('@azure/msal-node'))
    const { serverOf } = await import('./server.js')
    const entra = await createEntraEmulator({ web })
    const server = () => serverOf(entra, changes)
    const asked = () => entra.requests.filter(({ endpoint }) => endpoint === 'token')
    return { entra, asked, server, ...server() }
  }

  it.each([
    ['a secret', {}],
    ['a certificate', { secret: undefined, certificate }],
  ])('a token of the user comes by %s, from Entra ID once', async (_, proof) => {
    const { entra, asked, onBehalfOf, identityOf } = await setUp(proof)
    const identity = await identityOf()
    const first = await onBehalfOf.token(identity, ['User.Read'])
    expect(await onBehalfOf.token(identity, ['User.Read'])).toEqual(first)
    const headers = { authorization: `Bearer ${first.token}` }
    const me = await entra.handleGraph(new Request('https://graph.microsoft.com/v1.0/me', { headers }))
    expect([await me.json(), asked().length]).toEqual([expect.objectContaining({ displayName: 'Adele Vance' }), 1])
  })

  it('it is really that version which asks', async () => {
    const sent: string[] = []
    const { onBehalfOf, identityOf, entra } = await setUp({
      fetch: ((url, init) => {
        sent.push(String(init?.body))
        return entra.fetch(url, init)
      }) as typeof fetch,
    })
    await onBehalfOf.token(await identityOf(), ['User.Read'])
    expect(new URLSearchParams(sent[0]).get('x-client-VER')).toBe(version)
  })

  it('the store is shared, written once, and empty after a sign-out', async () => {
    const store = memoryStore()
    const set = vi.spyOn(store, 'set')
    const { entra, asked, server } = await setUp({ store })
    const [one, other] = [server(), server()]
    const token = await entra.mint(ADELE)
    const identity = await one.verifier.verify(token)
    const first = await one.onBehalfOf.token(identity, ['User.Read'])
    expect(await other.onBehalfOf.token(await other.verifier.verify(token), ['User.Read'])).toEqual(first)
    expect([asked().length, set.mock.calls.length]).toEqual([1, 1])
    await one.onBehalfOf.forget(identity)
    expect([...store.values.values()]).toEqual([''])
  })

  it('what is missing has its code', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { entra, onBehalfOf, identityOf } = await setUp()
    const identity = await identityOf()
    const codeFor = (scopes: string[]) => onBehalfOf.token(identity, scopes).catch(({ code, aadsts }) => [code, aadsts])
    entra.requireConsent(ADELE)
    expect(await codeFor(['User.Read'])).toEqual(['consent_required', 65001])
    expect(await codeFor(['api://another/read'])).toEqual(['config_invalid', 500011])
    const mfa = await setUp()
    const ofMfa = await mfa.identityOf()
    mfa.entra.requireMfa(ADELE)
    await expect(mfa.onBehalfOf.token(ofMfa, ['User.Read'])).rejects.toMatchObject({ code: 'insufficient_claims' })
    const wrong = await setUp({ secret: 'wrong' })
    const refused = wrong.onBehalfOf.token(await wrong.identityOf(), ['User.Read'])
    await expect(refused).rejects.toMatchObject({ code: 'config_invalid', aadsts: 7000215 })
    const down = await setUp()
    down.entra.faults.push({ at: 'token', status: 503 })
    const unanswered = down.onBehalfOf.token(await down.identityOf(), ['User.Read'])
    await expect(unanswered).rejects.toMatchObject({ code: 'temporarily_unavailable' })
  })
})
