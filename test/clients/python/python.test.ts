// Unmodified clients in Python, once with the settings of production, through a proxy, and once with an authority of their own.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ensurePythonClients } from '../../../scripts/python-clients.js'
import makeCertificate, { certificateFile } from '../certificate.js'
import { ADELE, CALLBACK, type EntraForClients, SECRET, startEntra } from '../entra.js'
import { installSystemBrowser } from '../system-browser.js'
import { startProxy } from './proxy.js'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const PRODUCTION = 'https://login.microsoftonline.com'
const run = promisify(execFile)

let python: string
let pair: { readonly cert: string; readonly private: string }
let removeCertificate: () => void

beforeAll(async () => {
  python = await ensurePythonClients()
  pair = await generate([{ name: 'commonName', value: 'server' }], { keySize: 2048, algorithm: 'sha256' })
  removeCertificate = await makeCertificate()
})
afterAll(() => removeCertificate?.())

/** Rejects with what pytest has printed if a test fails. */
async function pytest(files: readonly string[], world: EntraForClients, variables: Record<string, string>) {
  const { entra } = world
  const browser = installSystemBrowser()
  const certificate = certificateFile()
  const environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    // In the background: the program goes on once it has opened it.
    BROWSER: `${browser.program} %s &`,
    NODE_EXTRA_CA_CERTS: certificate,
    REQUESTS_CA_BUNDLE: certificate,
    ENTRA: JSON.stringify({
      authority: world.authority,
      tenant: entra.tenant,
      clientId: entra.clientId,
      scope: world.scope,
      secret: SECRET,
      redirectUri: CALLBACK,
      certificate,
      browser: browser.program,
      tokens: await tokensOf(world),
      privateKey: pair.private,
      publicCertificate: pair.cert,
    }),
    ENTRA_SERVER: `https://localhost:${entra.port}`,
    ...variables,
  }
  const argv = ['-B', '-m', 'pytest', '--quiet', '-p', 'no:cacheprovider', ...files]
  try {
    const { stdout } = await run(python, argv, { cwd: FOLDER, env: environment })
    return stdout
  } catch (error) {
    throw new Error((error as { stdout?: string }).stdout ?? String(error))
  } finally {
    browser.remove()
  }
}

/** What the app registration has for its server. */
const server = () => ({
  daemonRoles: ['read_all'],
  web: { redirectUris: [CALLBACK], clientSecret: SECRET, certificates: [pair.cert] },
})

async function tokensOf({ entra }: EntraForClients) {
  return {
    good: await entra.mint(ADELE),
    forged: await entra.mintForged(ADELE),
    expired: await entra.mint(ADELE, { expiresInSeconds: -1 }),
    foreign: await entra.mint(ADELE, { audience: 'https://graph.microsoft.com' }),
    v1: await entra.mint(ADELE, { version: 1 }),
    unscoped: await entra.mint(ADELE, { claims: { scp: 'another' } }),
    guest: await entra.mint('megan@fabrikam.example'),
  }
}

it('msal and fastapi-azure-auth with the settings of production', async () => {
  const world = await startEntra({ url: PRODUCTION, accessTokenVersion: 2, ...server() })
  const proxy = await startProxy({ name: 'login.microsoftonline.com:443', port: world.entra.port })
  try {
    await pytest(['test_msal.py', 'test_fastapi.py'], world, { HTTPS_PROXY: proxy.url, NO_PROXY: 'localhost' })
    expect(proxy.strangers).toEqual([])
  } finally {
    await proxy.close()
    await world.close()
  }
})

it('msal with an authority of its own', async () => {
  const world = await startEntra({ accessTokenVersion: 2, ...server() })
  const nowhere = await startProxy({ name: '', port: 0 })
  try {
    await pytest(['test_msal.py'], world, { HTTPS_PROXY: nowhere.url, NO_PROXY: 'localhost', OWN_AUTHORITY: '1' })
    expect(nowhere.strangers).toEqual([])
  } finally {
    await nowhere.close()
    await world.close()
  }
})
