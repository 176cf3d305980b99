// @vitest-environment node
import { connect } from 'node:net'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it } from 'vitest'
import { isAuthError } from '../../../src/shared/errors.js'
import { type Listener, type ListenOptions, listen, startEntraEmulator } from '../../../src/testing/node.js'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

async function serve(
  handle: (request: Request) => Response | Promise<Response>,
  options?: ListenOptions,
): Promise<Listener> {
  const listener = await listen({ handle: async (request) => handle(request) }, options)
  open.push(listener)
  return listener
}

/** What comes back for bytes that no HTTP client would send. */
function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (data) => {
      answer += data
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

describe('listen', () => {
  it('hands over method, URL, headers and body, and hands back status, headers and body', async () => {
    const { url } = await serve(async (request) => {
      const { pathname, search } = new URL(request.url)
      const text = `${request.method} ${pathname}${search} ${request.headers.get('x-mine')} ${await request.text()}`
      return new Response(text, { status: 201, headers: { 'x-own': 'yes' } })
    })
    const response = await fetch(`${url}/a?b=1`, { method: 'POST', body: 'hello', headers: { 'x-mine': 'me' } })
    expect(response.status).toBe(201)
    expect(response.headers.get('x-own')).toBe('yes')
    expect(await response.text()).toBe('POST /a?b=1 me hello')
  })

  it('keeps cookies apart', async () => {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ])
    const { url } = await serve(() => new Response(null, { headers }))
    expect((await fetch(url)).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('passes a body on while it is being made', async () => {
    let finish = () => {}
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('first'))
        finish = () => controller.close()
      },
    })
    const { url } = await serve(() => new Response(body))
    const reader = (await fetch(url)).body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first')
    finish()
    expect((await reader?.read())?.done).toBe(true)
  })

  it('breaks the connection for a network error', async () => {
    const { url } = await serve(() => Response.error())
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('answers 500 for a handler that rejects, and goes on', async () => {
    let calls = 0
    const { url } = await serve(() => {
      calls += 1
      if (calls === 1) throw new Error('a mistake')
      return new Response('fine')
    })
    expect((await fetch(url)).status).toBe(500)
    expect(await (await fetch(url)).text()).toBe('fine')
  })

  it('goes on after a body that breaks off', async () => {
    const broken = () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('some'))
        },
        pull(controller) {
          controller.error(new Error('a mistake'))
        },
      })
    const { url } = await serve(({ url }) => new Response(url.endsWith('/broken') ? broken() : 'fine'))
    await expect(fetch(`${url}/broken`).then((response) => response.text())).rejects.toThrow()
    expect(await (await fetch(url)).text()).toBe('fine')
  })

  it.each([
    ['rubbish', 'rubbish\r\n\r\n'],
    ['a strange host', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
    ['an absolute target', 'GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['a target that is another host', 'GET //evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['a bad header', 'GET / HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n'],
  ])('answers 400 for %s, and goes on', async (name, text) => {
    const { url, port } = await serve((request) => new Response(new URL(request.url).host))
    const answer = await sendRaw(port, text)
    if (name === 'a target that is another host') expect(answer).toContain('localhost')
    else expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(await (await fetch(url)).text()).toBe(`localhost:${port}`)
  })

  it('tells the handler when the caller is gone', async () => {
    const caller = new AbortController()
    let hear = () => {}
    const gone = new Promise<void>((resolve) => {
      hear = resolve
    })
    const { url } = await serve(async ({ signal }) => {
      signal.addEventListener('abort', hear)
      caller.abort()
      await gone
      return new Response()
    })
    await expect(fetch(url, { signal: caller.signal })).rejects.toThrow('aborted')
    await gone
  })

  it('ends all connections when closed', async () => {
    let hear = () => {}
    const arrived = new Promise<void>((resolve) => {
      hear = resolve
    })
    const listener = await serve(() => {
      hear()
      return new Promise<Response>(() => {})
    })
    const pending = fetch(listener.url)
    pending.catch(() => {})
    await arrived
    await listener.close()
    await expect(pending).rejects.toThrow('fetch failed')
  })

  it('rejects if the port is taken', async () => {
    const { port } = await serve(() => new Response())
    await expect(listen({ handle: async () => new Response() }, { port })).rejects.toMatchObject({
      code: 'config_invalid',
      message: `Port ${port} is taken.`,
      cause: { code: 'EADDRINUSE' },
      remedy: expect.stringContaining('`port`'),
    })
  })

  it('listens with https', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256' })
    const { url, port } = await serve(() => new Response(), { tls: { key, cert } })
    expect(url).toBe(`https://localhost:${port}`)
  })
})

describe('startEntraEmulator', () => {
  it('is reached at the URL that it names', async () => {
    const entra = await startEntraEmulator()
    open.push(entra)
    expect(entra.url).toBe(`http://localhost:${entra.port}`)
    const response = await fetch(`${entra.url}/${entra.tenant}/v2.0/.well-known/openid-configuration`)
    expect(await response.json()).toMatchObject({ issuer: `${entra.url}/${entra.tenant}/v2.0` })
    expect(entra.requests).toHaveLength(1)
  })

  it('keeps the name that it is given', async () => {
    const entra = await startEntraEmulator({ url: 'https://login.microsoftonline.com' })
    open.push(entra)
    expect(entra.url).toBe('https://login.microsoftonline.com')
  })

  it('breaks connections where a fault says so', async () => {
    const entra = await startEntraEmulator()
    open.push(entra)
    entra.faults.push({ at: 'keys', drop: true })
    const url = `${entra.url}/${entra.tenant}/discovery/v2.0/keys`
    await expect(fetch(url)).rejects.toThrow('fetch failed')
    expect((await fetch(url)).status).toBe(200)
  })

  it('leaves no open port behind wrong options', async () => {
    const error = await startEntraEmulator({ tenant: 'x' }).catch((reason: unknown) => reason)
    expect(isAuthError(error, 'config_invalid')).toBe(true)
  })

  it('answers nobody once it is closed', async () => {
    const entra = await startEntraEmulator()
    await entra.close()
    await expect(fetch(entra.url)).rejects.toThrow('fetch failed')
  })
})
