// @vitest-environment node
// What `twodoor dev` takes, and the one sentence with which it refuses the rest.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { checkApp, readApp } from '../../../../src/cli/dev/app.js'
import { readDevOptions } from '../../../../src/cli/dev/options.js'
import { main } from '../../../../src/cli/main.js'

const APP = 'http://localhost:5173'
const HOST = 'http://teams.localhost:4750'
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** An app that answers with these headers. */
async function openApp(headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_request, response) => void response.writeHead(200, headers).end())
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `http://localhost:${(server.address() as AddressInfo).port}/`
}

/** A port at which nobody listens any more. */
async function closedUrl(): Promise<string> {
  const url = await openApp()
  await new Promise((done) => servers.pop()?.close(done))
  return url
}

async function twodoor(...args: string[]) {
  const complaints: string[] = []
  const context = { folder: '/', signal: AbortSignal.abort(), say: () => {} }
  return { exitCode: await main(args, context, (line) => void complaints.push(line)), complaints }
}

describe('twodoor dev', () => {
  it('takes the page of the app, and has a port of its own', () => {
    const { app, port, env } = readDevOptions([`${APP}/tab?x=1`])
    expect({ app, port, env }).toEqual({ app: { url: `${APP}/tab?x=1`, origin: APP }, port: 4750, env: undefined })
  })

  it('takes a port, a framework and the app registration', () => {
    const flags = [
      '--port',
      '4800',
      '--env',
      'next',
      '--client-id',
      'a',
      '--tenant',
      'b',
      '--scope',
      'c',
      '--scope',
      'd',
    ]
    expect(readDevOptions([APP, ...flags])).toMatchObject({
      port: 4800,
      env: { file: '.env.development.local', variable: 'NEXT_PUBLIC_TWODOOR' },
      clientId: 'a',
      tenant: 'b',
      scopes: ['c', 'd'],
    })
  })

  it.each([
    [[], 'Name the URL of your app'],
    [[APP, APP], 'Name the URL of your app'],
    [['app'], '"app" is not the URL of a page'],
    [['ftp://localhost'], '"ftp://localhost" is not the URL of a page'],
    [
      ['http://[::1]:5173/tab'],
      'No Content-Security-Policy can name an IPv6 address: npx twodoor dev http://localhost:5173/tab',
    ],
    [[APP, '--port', '0'], '--port takes a number from 1 to 65535, not "0".'],
    [[APP, '--port', '1e3'], '--port takes a number from 1 to 65535, not "1e3".'],
    [[APP, '--hot'], "Unknown option '--hot'. See `npx twodoor dev --help`."],
    [['https://app.contoso.example/'], 'https://app.contoso.example is not on this machine'],
  ])('refuses %s in one sentence, with the exit code 2', async (args, sentence) => {
    const { exitCode, complaints } = await twodoor('dev', ...args)
    expect(exitCode).toBe(2)
    expect(complaints).toEqual([expect.stringContaining(sentence)])
    expect(complaints[0]).not.toContain('\n')
  })

  it('says that nothing answers at the URL', async () => {
    const url = await closedUrl()
    const { exitCode, complaints } = await twodoor('dev', url)
    expect({ exitCode, complaints }).toEqual({
      exitCode: 2,
      complaints: [`Nothing answers at ${url} (ECONNREFUSED): start your app first.`],
    })
  })
})

describe('the app', () => {
  it('is taken as it is where anybody may frame it', async () => {
    expect(await checkApp(readApp(await openApp()), HOST)).toEqual({ note: undefined })
  })

  it('is found under a name below localhost, which browsers know and Node does not', async () => {
    const url = (await openApp({ 'x-frame-options': 'DENY' })).replace('localhost', 'app.localhost')
    expect((await checkApp(readApp(url), HOST)).note).toContain('X-Frame-Options: DENY')
  })

  it.each([
    `default-src 'self'; frame-ancestors 'self' ${HOST}`,
    'frame-ancestors *',
    'frame-ancestors http://*.localhost:*',
    `frame-ancestors ${HOST}, frame-ancestors http:`,
  ])('is taken as it is where it lets the host frame it: %s', async (policy) => {
    const headers = { 'content-security-policy': policy, 'x-frame-options': 'DENY' }
    expect(await checkApp(readApp(await openApp(headers)), HOST)).toEqual({ note: undefined })
  })

  it.each([
    [{ 'content-security-policy': "frame-ancestors 'self'" }, `add ${HOST} to its frame-ancestors`],
    [
      { 'content-security-policy': `frame-ancestors ${HOST}, frame-ancestors 'self'` },
      `add ${HOST} to its frame-ancestors`,
    ],
    [
      { 'content-security-policy': "default-src 'self'", 'x-frame-options': 'SAMEORIGIN' },
      '"X-Frame-Options: SAMEORIGIN"',
    ],
    [{ 'x-frame-options': 'DENY' }, '"X-Frame-Options: DENY"'],
  ])('is told what keeps it out of a frame: %s', async (headers, words) => {
    expect((await checkApp(readApp(await openApp(headers)), HOST)).note).toContain(words)
  })
})
