// @vitest-environment node
// Servers as their makers set them up, and what the command is asked for in vain.

import { writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import session from 'express-session'
import fastify from 'fastify'
import { zipSync } from 'fflate'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeZip } from '../../../../src/cli/manifest/zip.js'
import { createVerifier, requireAuth } from '../../../../src/server/index.js'
import { type CommandLine, openCommandLine } from '../command-line.js'
import {
  ANCESTORS,
  API,
  APP,
  CLIENT_ID,
  healthyApp,
  PAGE,
  page,
  reportOf,
  SCRIPT,
  siteListener,
  Web,
} from './contoso.js'

let line: CommandLine
let web: Web

beforeEach(async () => {
  line = await openCommandLine()
  web = new Web()
})
afterEach(async () => {
  await web.close()
  await line.remove()
})

const codesAt = async (listener: RequestListener, ...flags: string[]) => {
  await web.add(APP, listener)
  const { findings, notes } = await reportOf(web, line.folder, `${APP}/`, ...flags)
  return { codes: findings.map(({ code }) => code), notes }
}
/** One byte of the content is another one than the checksum is for. */
function damagedZip(): Buffer {
  const zip = writeZip({ 'manifest.json': Buffer.from('{"manifestVersion":"1.22"}') })
  zip.write('9', zip.indexOf('1.22'))
  return zip
}

/** As the tools of Microsoft write it: a dollar sign and two braces. */
const PLACEHOLDER = '$'.concat('{{TAB_DOMAIN}}')
const ANYBODY =
  'Any site can show the page in a frame: `frame-ancestors` in its Content-Security-Policy names those that may.'

describe('a server as it comes', () => {
  it('of Express works, and can be framed by anybody', async () => {
    const app = express()
    app.get('/', (_, response) => void response.send(PAGE))
    app.get('/app.js', (_, response) => void response.type('js').send(SCRIPT))
    const { codes, notes } = await codesAt(app)
    expect(codes).toEqual([])
    expect(notes).toContain(ANYBODY)
  })

  it('of Fastify works, and can be framed by anybody', async () => {
    const app = fastify()
    app.get('/', (_, reply) => reply.type('text/html').send(PAGE))
    app.get('/app.js', (_, reply) => reply.type('text/javascript').send(SCRIPT))
    await app.ready()
    const { codes, notes } = await codesAt((request, response) => app.routing(request, response))
    expect(codes).toEqual([])
    expect(notes).toContain(ANYBODY)
    await app.close()
  })

  it('of Hono works, and can be framed by anybody', async () => {
    const app = new Hono()
    app.get('/', (context) => context.html(PAGE))
    app.get('/app.js', (context) => context.body(SCRIPT))
    const { codes, notes } = await codesAt(getRequestListener(app.fetch))
    expect(codes).toEqual([])
    expect(notes).toContain(ANYBODY)
  })

  it('with sessions of express-session keeps nobody signed in within a frame', async () => {
    const app = express()
    app.use(session({ secret: 'a secret of the test', resave: false, saveUninitialized: true }))
    app.get('/', (_, response) => void response.send(PAGE))
    app.get('/app.js', (_, response) => void response.type('js').send(SCRIPT))
    expect((await codesAt(app)).codes).toEqual(['cookie_same_site'])
  })

  it('with what helmet sends by itself can be shown by no host', async () => {
    const headers = {
      'content-security-policy':
        "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';script-src-attr 'none';style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'SAMEORIGIN',
    }
    expect((await codesAt(siteListener(page({ headers })))).codes).toEqual(['frame_ancestors', 'connect_src'])
  })

  it('of Azure App Service works, with the cookies by which it finds an instance again', async () => {
    const affinity = ['ARRAffinity=1;Path=/;HttpOnly;Secure;Domain=app.contoso.com']
    affinity.push('ARRAffinitySameSite=1;Path=/;HttpOnly;SameSite=None;Secure;Domain=app.contoso.com')
    const { codes, notes } = await codesAt(siteListener(page({ headers: { 'set-cookie': affinity } })))
    expect(codes).toEqual([])
    expect(notes.join()).not.toContain('ARRAffinity')
  })

  it('of Django, whose pages say X-Frame-Options: DENY, can be shown by no host', async () => {
    const headers = {
      'content-type': 'text/html',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    }
    const site = { ...healthyApp, '/': { headers, body: PAGE } }
    expect((await codesAt(siteListener(site))).codes).toEqual(['x_frame_options'])
  })
})

describe('an API with `requireAuth`', () => {
  const verifier = createVerifier({ clientId: CLIENT_ID, tenants: [CLIENT_ID], onRefused() {} })
  const apiOf = (allow: Record<string, string>) => {
    const app = express()
    app.use((request, response, next) => {
      response.set({ 'access-control-allow-origin': APP, ...allow })
      if (request.method === 'OPTIONS') response.status(204).end()
      else next()
    })
    app.get('/me', requireAuth(verifier).express, (_, response) => void response.json({}))
    return app
  }

  it('on another origin needs CORS for its challenge too', async () => {
    await web.add(API, apiOf({ 'access-control-allow-headers': 'Authorization' }))
    expect((await codesAt(siteListener(healthyApp), '--api', `${API}/me`)).codes).toEqual(['api_expose'])
  })

  it('fits with it', async () => {
    const expose = { 'access-control-expose-headers': 'WWW-Authenticate' }
    await web.add(API, apiOf({ 'access-control-allow-headers': 'Authorization', ...expose }))
    expect((await codesAt(siteListener(healthyApp), '--api', `${API}/me`)).codes).toEqual([])
  })

  it('of the page itself needs none', async () => {
    const app = express()
    app.get('/', (_, response) => void response.set('content-security-policy', ANCESTORS).send(PAGE))
    app.get('/app.js', (_, response) => void response.type('js').send(SCRIPT))
    app.get('/me', requireAuth(verifier).express, (_, response) => void response.json({}))
    expect(await codesAt(app, '--api', '/me')).toMatchObject({ codes: [] })
  })
})

describe('what cannot be done is said in one sentence, with exit code 2', () => {
  it.each<[sentence: string, args: string[]]>([
    ["Unknown option '--yaml'. See `npx twodoor doctor --help`.", ['https://localhost', '--yaml']],
    ['Name the URL of the page, and before it the manifest if there is one: see `npx twodoor doctor --help`.', []],
    [
      'Name the URL of the page, and before it the manifest if there is one: see `npx twodoor doctor --help`.',
      ['manifest.json'],
    ],
    [
      'Name the URL of the page, and before it the manifest if there is one: see `npx twodoor doctor --help`.',
      ['a', 'b', 'c'],
    ],
    [
      '<url> must be an http or https address without a user and without #, for example https://app.contoso.com/.',
      ['contoso'],
    ],
    [
      '<url> must be an http or https address without a user and without #, for example https://app.contoso.com/.',
      ['https://a:b@localhost'],
    ],
    [
      '--api must be an http or https address without a user and without #, for example https://app.contoso.com/.',
      ['https://localhost', '--api', 'ftp://x'],
    ],
    [
      "--client-id must be a GUID, for example 00000000-0000-0000-0000-000000000000, not 'me'.",
      ['https://localhost', '--client-id', 'me'],
    ],
    [
      "--cloud must be one of public, gcc, gcc-high, dod, 21vianet, not 'mine'.",
      ['https://localhost', '--cloud', 'mine'],
    ],
    ['none.json cannot be read: is it there, and shorter than 10 MB?', ['none.json', 'https://localhost']],
    [
      'broken.json is not the manifest of a Teams app: it must be JSON with a `manifestVersion`.',
      ['broken.json', 'https://localhost'],
    ],
    [
      'list.json is not the manifest of a Teams app: it must be JSON with a `manifestVersion`.',
      ['list.json', 'https://localhost'],
    ],
    [
      `template.json has the placeholder ${PLACEHOLDER}: name the manifest that your tool has filled in.`,
      ['template.json', 'https://localhost'],
    ],
    [
      'hostile.json has the placeholder {{�]0;pwned�}}: name the manifest that your tool has filled in.',
      ['hostile.json', 'https://localhost'],
    ],
    ['broken.zip is a zip that cannot be read.', ['broken.zip', 'https://localhost']],
    ['empty.zip has no manifest.json at its top.', ['empty.zip', 'https://localhost']],
    ['damaged.zip is a zip that cannot be read.', ['damaged.zip', 'https://localhost']],
    ['bomb.zip is a zip that cannot be read.', ['bomb.zip', 'https://localhost']],
  ])('%s', async (sentence, args) => {
    const files: Record<string, string | Buffer> = {
      'broken.json': '{',
      'list.json': '[]',
      'template.json': `{"manifestVersion":"1.22","validDomains":["${PLACEHOLDER}"]}`,
      'hostile.json': '{{\u001b]0;pwned\u0007}}',
      'broken.zip': 'PK\u0003\u0004',
      'damaged.zip': damagedZip(),
      'bomb.zip': Buffer.from(zipSync({ 'manifest.json': new Uint8Array(20_000_000) })),
      'empty.zip': Buffer.concat([Buffer.from('PK\u0005\u0006', 'latin1'), Buffer.alloc(18)]),
    }
    for (const [name, content] of Object.entries(files)) await writeFile(join(line.folder, name), content)
    expect(await line.run('doctor', ...args)).toEqual({ exitCode: 2, said: [], complaints: [sentence] })
  })

  it('says that a page cannot be reached', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    await new Promise((resolve) => server.close(resolve))
    expect(await line.run('doctor', `http://127.0.0.1:${port}/?secret`)).toEqual({
      exitCode: 2,
      said: [],
      complaints: [`http://127.0.0.1:${port}/ could not be reached: nothing listens there.`],
    })
  })
})
