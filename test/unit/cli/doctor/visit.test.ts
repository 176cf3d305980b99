// @vitest-environment node
// What doctor asks and how far it goes: at real servers, some of them hostile.

import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Reach, visit } from '../../../../src/cli/doctor/visit.js'
import { APP, siteListener, Web } from './contoso.js'

let web: Web

beforeEach(() => {
  web = new Web()
})
afterEach(() => web.close())

const reach = (changes: Partial<Reach> = {}): Reach => ({
  fetch: web.fetch,
  now: Date.now,
  deadline: () => new AbortController().signal,
  signal: new AbortController().signal,
  ...changes,
})
const start = new URL(`${APP}/?token=secret`)

describe('a visit', () => {
  it('sends no credentials, not even a cookie that it was given on the way', async () => {
    const heard: { requests: { headers?: Record<string, string> }[] } = { requests: [] }
    const site = {
      '/': { status: 302, headers: { location: '/home', 'set-cookie': 'a=b' } },
      '/home': { body: 'Home' },
    }
    await web.add(APP, siteListener(site, heard))
    const { text, redirects } = await visit(start, reach())
    expect({ text, redirects }).toEqual({ text: 'Home', redirects: [`${APP}/home`] })
    for (const { headers } of heard.requests)
      for (const name of ['cookie', 'authorization', 'referer']) expect(headers).not.toHaveProperty(name)
  })

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user:secret@contoso.com/',
    'https://[',
    'ftp://contoso.com/',
  ])('does not follow a redirect to %s', async (location) => {
    await web.add(APP, siteListener({ '/': { status: 302, headers: { location } } }))
    await expect(visit(start, reach())).rejects.toThrow(
      `${APP}/ redirects to an address that is neither http nor https.`,
    )
  })

  it('follows ten redirects and no more', async () => {
    await web.add(APP, siteListener({ '/': { status: 307, headers: { location: '/' } } }))
    await expect(visit(start, reach())).rejects.toThrow(`${APP}/ redirects more than 10 times.`)
    expect(web.asked).toHaveLength(11)
  })

  it('waits until its deadline for a server that says nothing', async () => {
    const deadline = new AbortController()
    await web.add(APP, () => deadline.abort())
    await expect(visit(start, reach({ deadline: () => deadline.signal }))).rejects.toThrow(
      `${APP}/ could not be reached: there was no answer within 10 s.`,
    )
  })

  it('waits no longer for a body that does not end', async () => {
    const deadline = new AbortController()
    await web.add(APP, (_, response) => {
      response.write('a')
      response.socket?.once('drain', () => {})
      deadline.abort()
    })
    await expect(visit(start, reach({ deadline: () => deadline.signal }))).rejects.toThrow('no answer within 10 s')
  })

  it('reads 4 MB of a body that does not end', async () => {
    const piece = 'a'.repeat(100_000)
    let isClosed: Promise<unknown> = Promise.resolve()
    await web.add(APP, (_, response) => {
      isClosed = once(response, 'close')
      const write = () => {
        while (!response.destroyed && response.write(piece));
        response.once('drain', write)
      }
      write()
    })
    const { text, isCut } = await visit(start, reach())
    expect(isCut).toBe(true)
    expect(text.length).toBeLessThan(5_000_000)
    expect(text.length).toBeGreaterThanOrEqual(4_000_000)
    await isClosed
  })

  it('says of a body that ends there that it has all of it', async () => {
    await web.add(APP, siteListener({ '/': { body: 'a'.repeat(4_000_000) } }))
    const { text, isCut } = await visit(start, reach())
    expect({ length: text.length, isCut }).toEqual({ length: 4_000_000, isCut: false })
  })

  it('follows no redirect of OPTIONS, as no browser does', async () => {
    await web.add(APP, siteListener({ '/': { status: 307, headers: { location: '/next' } } }))
    const { url, status } = await visit(start, reach(), { method: 'OPTIONS' })
    expect({ href: url.href, status }).toEqual({ href: start.href, status: 307 })
    expect(web.asked).toHaveLength(1)
  })

  it('ends when the user ends the command', async () => {
    const user = new AbortController()
    await web.add(APP, () => user.abort())
    await expect(visit(start, reach({ signal: user.signal }))).rejects.toThrow('Ended before there was an answer.')
  })

  it('names localhost for a name below it, which Node does not know', async () => {
    await expect(visit(new URL('http://app.localhost:5173/'), reach())).rejects.toThrow(
      'Node does not know names below `localhost`, as browsers do: name localhost itself.',
    )
  })

  it('says that there is no such host', async () => {
    await expect(visit(start, reach())).rejects.toThrow(`${APP}/ could not be reached: there is no such host.`)
  })

  it('says that nothing listens there', async () => {
    const gone = new Web()
    const place = await gone.add(APP, () => {})
    await gone.close()
    await expect(visit(new URL(place), reach({ fetch }))).rejects.toThrow(
      'could not be reached: nothing listens there.',
    )
  })

  it('says that a connection was closed', async () => {
    await web.add(APP, (request) => void request.socket.destroy())
    await expect(visit(start, reach())).rejects.toThrow('could not be reached: the connection was closed.')
  })

  it('says what to do about the certificate of a development server', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keySize: 2048,
      algorithm: 'sha256',
    })
    const server = createTlsServer({ key, cert }, (_, response) => void response.end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      await expect(visit(url, reach({ fetch }))).rejects.toThrow(
        'NODE_EXTRA_CA_CERTS=<file> adds one that it is to trust.',
      )
    } finally {
      server.close()
    }
  })
})
