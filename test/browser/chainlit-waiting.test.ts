import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Chainlit, natives, openChainlit, patches, patchPage } from './chainlit-world.js'

// What waits must be what it stands for to whoever holds it: an XMLHttpRequest and a WebSocket of the browser.

const HANDSHAKE = '/ws/socket.io/?EIO=4&transport=polling'
const SOCKET = '/ws/socket.io/?EIO=4&transport=websocket'

let chainlit: Chainlit

beforeAll(() => patchPage())

beforeEach(async () => {
  chainlit = await openChainlit()
})

afterAll(() => patches.restore())

function record(target: EventTarget, names: string[]): string[] {
  const seen: string[] = []
  for (const name of names) target.addEventListener(name, () => seen.push(name))
  return seen
}

const happened = (target: EventTarget, name: string) =>
  new Promise<Event>((resolve) => target.addEventListener(name, resolve, { once: true }))

/** Everything that was sent before this has arrived. */
async function arrived(): Promise<string[]> {
  await natives.fetch(`${chainlit.url}/marker`)
  await natives.fetch(`${chainlit.url}/marker`)
  return (await chainlit.log()).map(({ method, url }) => `${method} ${url}`).filter((each) => !each.includes('/marker'))
}

describe('an XMLHttpRequest', () => {
  function open(path: string, method = 'GET', ...more: [boolean?]) {
    const xhr = new XMLHttpRequest()
    const seen = record(xhr, ['readystatechange', 'loadstart', 'load', 'abort', 'error', 'timeout', 'loadend'])
    ;(xhr.open as (...all: unknown[]) => void)(method, chainlit.url + path, ...more)
    seen.length = 0
    return { xhr, seen }
  }

  it.each([HANDSHAKE, '/ws/socket.io?EIO=4&transport=polling', `${HANDSHAKE}&nosid=x`])(
    'for the handshake %s waits',
    async (path) => {
      const release = chainlit.hold()
      const { xhr } = open(path)
      xhr.send()
      expect(await arrived()).toEqual([])
      release()
      await happened(xhr, 'loadend')
      expect(chainlit.ensureSession).toHaveBeenCalledTimes(1)
      expect(await arrived()).toEqual([`GET ${path}`])
    },
  )

  it('for an upload waits, and sends its body', async () => {
    const release = chainlit.hold()
    const { xhr } = open('/project/file?session_id=1', 'POST')
    xhr.setRequestHeader('Content-Type', 'application/json')
    xhr.send('{"name":"file"}')
    expect(await arrived()).toEqual([])
    release()
    await happened(xhr, 'loadend')
    expect(JSON.parse(xhr.responseText)).toMatchObject({ body: { name: 'file' } })
  })

  it.each([
    `${HANDSHAKE}&sid=x`,
    '/ws/socket.io/?sid=x&EIO=4',
    '/ws/socket.iox/?EIO=4',
    '/ws/socket.io/x?EIO=4',
    '/ws',
    '/user',
    '/auth/header',
    '/projects/file',
    '/',
  ])('for %s goes out at once', async (path) => {
    const release = chainlit.hold()
    const { xhr } = open(path)
    xhr.send()
    await happened(xhr, 'loadend')
    expect(chainlit.ensureSession).not.toHaveBeenCalled()
    release()
  })

  it('is opened and sent as by the browser where it goes to somebody else', async () => {
    const release = chainlit.hold()
    for (const url of [
      `${chainlit.url.replace('127', '128')}/ws/socket.io/`,
      'https://chat@127.0.0.1/ws/socket.io/',
      'data:,x',
      'blob:x',
      null,
    ]) {
      const xhr = new XMLHttpRequest()
      xhr.open('GET', url as string)
      xhr.send()
      xhr.abort()
    }
    expect(chainlit.ensureSession).not.toHaveBeenCalled()
    release()
  })

  it('that blocks the page cannot wait', () => {
    const release = chainlit.hold()
    const { xhr } = open('/project/file/1', 'GET', false)
    xhr.send()
    expect(xhr.status).toBe(200)
    release()
  })

  it('that is aborted while it waits sends nothing, and says that it was aborted', async () => {
    const release = chainlit.hold()
    for (const path of [HANDSHAKE, '/project/file?session_id=1']) {
      const { xhr, seen } = open(path)
      xhr.send()
      xhr.abort()
      xhr.abort()
      expect(seen).toEqual(['abort', 'loadend'])
    }
    release()
    expect(await arrived()).toEqual([])
  })

  it('that is aborted before it was sent is as the browser has it', async () => {
    const { xhr, seen } = open(HANDSHAKE)
    xhr.abort()
    expect(seen).toEqual([])
    xhr.send()
    await happened(xhr, 'loadend')
    expect(await arrived()).toEqual([`GET ${HANDSHAKE}`])
  })

  it('that is aborted afterwards is as the browser has it', async () => {
    const { xhr, seen } = open(HANDSHAKE)
    xhr.send()
    await happened(xhr, 'loadstart')
    xhr.abort()
    expect(seen).toEqual(['loadstart', 'readystatechange', 'abort', 'loadend'])
  })

  it('that is opened for something else while it waits sends only that', async () => {
    const release = chainlit.hold()
    const { xhr } = open(HANDSHAKE)
    xhr.send()
    xhr.open('GET', `${chainlit.url}/other`)
    xhr.send()
    await happened(xhr, 'loadend')
    release()
    expect(await arrived()).toEqual(['GET /other'])
  })

  it('cannot be sent twice', async () => {
    const release = chainlit.hold()
    const { xhr } = open(HANDSHAKE)
    xhr.send()
    expect(() => xhr.send()).toThrow(DOMException)
    release()
    await happened(xhr, 'loadend')
    expect(() => xhr.send()).toThrow(DOMException)
    expect(await arrived()).toEqual([`GET ${HANDSHAKE}`])
  })

  it('that cannot be sent after all fails, instead of waiting for good', async () => {
    const { xhr, seen } = open('/project/file?session_id=1', 'POST')
    xhr.send(Symbol('no body') as unknown as string)
    await happened(xhr, 'loadend')
    expect(seen).toEqual(['error', 'loadend'])
    expect(await arrived()).toEqual([])
  })

  it('can be used again', async () => {
    const { xhr } = open(HANDSHAKE)
    xhr.send()
    await happened(xhr, 'loadend')
    const { sid } = JSON.parse(xhr.responseText.slice(1)) as { sid: string }
    xhr.open('POST', `${chainlit.url}${HANDSHAKE}&sid=${sid}`)
    xhr.send('40')
    await happened(xhr, 'loadend')
    expect(xhr.responseText).toBe('ok')
    expect(chainlit.ensureSession).toHaveBeenCalledTimes(1)
  })

  it('goes out where the session cannot be checked', async () => {
    chainlit.ensureSession.mockRejectedValue(new Error('offline'))
    for (const path of [HANDSHAKE, '/project/file?session_id=1']) {
      const { xhr } = open(path)
      xhr.send()
      await happened(xhr, 'loadend')
      expect(xhr.status).toBe(200)
    }
  })

  it('reads a refusal as the end of the connection, and everything else as it is', async () => {
    const refusal = '44{"message":"Connection refused by server"}'
    const read = async (body: string, path = '/ws/socket.io?sid=x&echo=') => {
      const { xhr } = open(path + encodeURIComponent(body), 'POST')
      xhr.send()
      await happened(xhr, 'loadend')
      return [xhr.responseText, xhr.responseText, xhr.response as string]
    }
    expect(await read(`2\u001e${refusal}\u001e6`)).toEqual([
      '2\u001e1\u001e6',
      '2\u001e1\u001e6',
      `2\u001e${refusal}\u001e6`,
    ])
    expect(chainlit.ensureSession).toHaveBeenCalledTimes(1)
    expect((await read(refusal))[0]).toBe(refusal)
    chainlit.pass(30_000)
    for (const body of [`42["x",${JSON.stringify(refusal)}]`, '44/other,{"message":"no"}', '440', '{}', ''])
      expect((await read(body))[0]).toBe(body)
    expect((await read(refusal, '/other?echo='))[0]).toBe(refusal)
    expect(chainlit.ensureSession).toHaveBeenCalledTimes(1)
  })
})

describe('a WebSocket', () => {
  const names = ['open', 'message', 'error', 'close']
  const make = (path = SOCKET, protocols?: string[]) =>
    protocols ? new WebSocket(chainlit.webSocketUrl + path, protocols) : new WebSocket(chainlit.webSocketUrl + path)

  it('is one to whoever asks', () => {
    const release = chainlit.hold()
    const waiting = make()
    expect(waiting).toBeInstanceOf(WebSocket)
    expect(waiting).toBeInstanceOf(natives.WebSocket)
    expect(waiting).toBeInstanceOf(EventTarget)
    expect(Object.prototype.toString.call(waiting)).toBe('[object WebSocket]')
    const { CONNECTING, OPEN, CLOSING, CLOSED } = waiting
    expect([CONNECTING, OPEN, CLOSING, CLOSED]).toEqual([0, 1, 2, 3])
    expect([WebSocket.CONNECTING, WebSocket.OPEN, WebSocket.CLOSING, WebSocket.CLOSED]).toEqual([0, 1, 2, 3])
    expect([WebSocket.name, WebSocket.length]).toEqual([natives.WebSocket.name, natives.WebSocket.length])
    const { url, readyState, protocol, extensions, bufferedAmount, binaryType } = waiting
    expect({ url, readyState, protocol, extensions, bufferedAmount, binaryType }).toEqual({
      url: chainlit.webSocketUrl + SOCKET,
      readyState: 0,
      protocol: '',
      extensions: '',
      bufferedAmount: 0,
      binaryType: 'blob',
    })
    expect(() => waiting.send('x')).toThrow(DOMException)
    waiting.close()
    release()
  })

  it('has nothing that its interface does not have, and all that it has', () => {
    const release = chainlit.hold()
    const waiting = make() as unknown as Record<string, unknown>
    for (const name of Object.getOwnPropertyNames(natives.WebSocket.prototype)) expect(waiting[name]).toBeDefined()
    for (const name of names) expect(waiting[`on${name}`]).toBeNull()
    ;(waiting as unknown as WebSocket).close()
    release()
  })

  it('tells the same as the one of the browser, in the same order', async () => {
    const told = async (socket: WebSocket) => {
      const seen: unknown[] = []
      for (const name of names) socket.addEventListener(name, (event) => seen.push(`${name} ${event.type}`))
      socket.binaryType = 'arraybuffer'
      socket.onopen = function (event) {
        seen.push(['onopen', this === socket, event.target === socket, event.currentTarget === socket])
      }
      socket.onmessage = ({ data, origin, target }) =>
        seen.push(['onmessage', String(data)[0], typeof data, origin, target === socket])
      await happened(socket, 'message')
      seen.push([socket.readyState, socket.protocol, socket.extensions, socket.binaryType, socket.bufferedAmount])
      socket.send('40')
      await happened(socket, 'message')
      socket.close(4001, 'bye')
      seen.push(socket.readyState)
      const { code, reason, wasClean } = (await happened(socket, 'close')) as CloseEvent
      return [...seen, code, reason, wasClean, socket.readyState, socket.url]
    }
    expect(await told(make())).toEqual(await told(new natives.WebSocket(chainlit.webSocketUrl + SOCKET)))
  })

  it('fails as the one of the browser, where there is no server', async () => {
    const address = 'ws://127.0.0.1:1/ws/socket.io/?EIO=4'
    const told = async (socket: WebSocket) => {
      const seen = record(socket, names)
      const { code, wasClean } = (await happened(socket, 'close')) as CloseEvent
      return [...seen, code, wasClean, socket.readyState]
    }
    const native = await told(new natives.WebSocket(address))
    chainlit.at('http://127.0.0.1:1')
    const ours = new WebSocket(address)
    expect(chainlit.ensureSession).toHaveBeenCalledTimes(1)
    expect(await told(ours)).toEqual(native)
  })

  it('that is closed while it waits sends nothing, and tells what the one of the browser tells', async () => {
    const release = chainlit.hold()
    const told = async (socket: WebSocket) => {
      const seen = record(socket, names)
      const closed = happened(socket, 'close')
      socket.close()
      socket.close()
      expect(seen).toEqual([])
      const { code, reason, wasClean } = (await closed) as CloseEvent
      return [...seen, code, reason, wasClean, socket.readyState]
    }
    const ours = await told(make())
    release()
    expect(await arrived()).toEqual([])
    expect(ours).toEqual(await told(new natives.WebSocket(chainlit.webSocketUrl + SOCKET)))
  })

  it('that cannot be made after all fails, instead of waiting for good', async () => {
    const socket = make(SOCKET, ['not a protocol'])
    const seen = record(socket, names)
    await happened(socket, 'close')
    expect([...seen, socket.readyState]).toEqual(['error', 'close', 3])
  })

  it('takes a handler away, and another one in its place', async () => {
    const socket = make()
    const seen: string[] = []
    const hear = () => seen.push('both')
    socket.addEventListener('message', hear)
    socket.onmessage = hear
    socket.onopen = () => seen.push('first')
    socket.onopen = () => seen.push('second')
    socket.onclose = () => seen.push('close')
    socket.onclose = null
    await happened(socket, 'message')
    expect(seen).toEqual(['second', 'both', 'both'])
    socket.onmessage = null
    socket.send('40')
    await happened(socket, 'message')
    socket.close()
    await happened(socket, 'close')
    expect(seen).toEqual(['second', 'both', 'both', 'both'])
  })

  it('keeps what was set while it waited', async () => {
    const release = chainlit.hold()
    const socket = make()
    socket.binaryType = 'arraybuffer'
    expect(socket.binaryType).toBe('arraybuffer')
    release()
    await happened(socket, 'open')
    expect(socket.binaryType).toBe('arraybuffer')
    socket.binaryType = 'blob'
    expect(socket.binaryType).toBe('blob')
    socket.close()
  })

  it.each([`${SOCKET}&sid=x`, '/ws/socket.iox/?EIO=4', '/socket', '/ws/socket.io/x'])(
    'to %s connects at once',
    async (path) => {
      const release = chainlit.hold()
      const socket = make(path)
      await happened(socket, 'close')
      expect(chainlit.ensureSession).not.toHaveBeenCalled()
      release()
    },
  )

  it('to somebody else is the one of the browser', () => {
    const release = chainlit.hold()
    for (const url of [
      `${chainlit.webSocketUrl.replace('127.0.0.1', '127.0.0.2')}/ws/socket.io/`,
      'wss://127.0.0.1:9/ws/socket.io/',
      'ws://x@127.0.0.1:1/',
    ]) {
      const socket = new WebSocket(url)
      expect(Object.getPrototypeOf(socket)).toBe(natives.WebSocket.prototype)
      socket.close()
    }
    class Derived extends WebSocket {}
    expect(new Derived('ws://127.0.0.1:1/')).toBeInstanceOf(Derived)
    const Any = WebSocket as unknown as { new (...all: unknown[]): WebSocket; (): void }
    const Native = natives.WebSocket as unknown as typeof Any
    for (const wrong of [[], ['ftp://x'], ['http://[']]) {
      expect(() => new Native(...wrong)).toThrow()
      expect(() => new Any(...wrong)).toThrow(messageOf(() => new Native(...wrong)))
    }
    expect(() => Any()).toThrow(TypeError)
    expect(chainlit.ensureSession).not.toHaveBeenCalled()
    release()
  })

  it('hides a refusal until it is mended, closes then, and shows the next one', async () => {
    const open = async () => {
      await chainlit.deny('no')
      const socket = make()
      const heard: string[] = []
      socket.addEventListener('message', ({ data }) => heard.push(String(data).slice(0, 2)))
      await happened(socket, 'message')
      return { socket, heard }
    }
    const { socket, heard } = await open()
    const release = chainlit.hold()
    const closed = happened(socket, 'close')
    socket.send('40')
    await expect.poll(() => chainlit.ensureSession.mock.calls.length).toBe(2)
    expect(socket.readyState).toBe(WebSocket.OPEN)
    release()
    await closed
    expect(heard).toEqual(['0{'])

    chainlit.ensureSession.mockImplementation(async () => {})
    const again = await open()
    again.socket.send('40')
    await happened(again.socket, 'message')
    expect(again.heard).toEqual(['0{', '44'])
    again.socket.close()
  })
})

it('a refused WebSocket is closed where nobody can be asked for the session either', async () => {
  await chainlit.deny('no')
  const socket = new WebSocket(chainlit.webSocketUrl + SOCKET)
  await happened(socket, 'message')
  chainlit.ensureSession.mockRejectedValue(new Error('offline'))
  socket.send('40')
  await happened(socket, 'close')
})

function messageOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

describe('after the restore', () => {
  it('the browser is as it was, what waits goes on, and what was refused is refused', async () => {
    await chainlit.deny('no')
    const opened = new WebSocket(chainlit.webSocketUrl + SOCKET)
    await happened(opened, 'message')
    const release = chainlit.hold()
    const waiting = new WebSocket(chainlit.webSocketUrl + SOCKET)
    const xhr = new XMLHttpRequest()
    xhr.open('GET', chainlit.url + HANDSHAKE)
    xhr.send()
    patches.restore()
    release()
    await Promise.all([happened(waiting, 'open'), happened(xhr, 'loadend')])
    waiting.close()

    expect(window.WebSocket).toBe(natives.WebSocket)
    expect(Object.getOwnPropertyDescriptors(XMLHttpRequest.prototype)).toEqual(natives.xhr)
    opened.send('40')
    const { data } = (await happened(opened, 'message')) as MessageEvent
    expect(data).toMatch(/^44/)
    opened.close()
  })
})
