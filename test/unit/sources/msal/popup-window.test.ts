import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openPopupChannel, RECEIVED } from '../../../../src/page/popup-channel.js'
import { waitForResponse } from '../../../../src/sources/msal/popup-window.js'

const id = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'
const url = 'https://login.example/authorize'

function setUp() {
  const popup = { closed: false, location: { replace: vi.fn() } }
  const document = { isFocused: false, hasFocus: () => document.isFocused }
  const interruption = new AbortController()
  const settled = vi.fn()
  const response = waitForResponse({
    window: { document } as unknown as Window,
    popup: popup as unknown as Window,
    id,
    url,
    interrupted: interruption.signal,
  })
  void response.then(settled)
  return { popup, document, interruption, settled, response }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** Says it where the page of the pop-up would, and returns what is said to that. */
async function say(...messages: unknown[]): Promise<unknown[]> {
  const [channel, witness] = [openPopupChannel(id), openPopupChannel(id)]
  const heard: unknown[] = []
  channel.onmessage = ({ data }) => heard.push(data)
  const delivered = new Promise<void>((resolve) => {
    witness.onmessage = ({ data }) => data === messages.at(-1) && resolve()
  })
  for (const message of messages) channel.postMessage(message)
  await delivered
  await new Promise((resolve) => setImmediate(resolve))
  channel.close()
  witness.close()
  return heard
}

it('sends the pop-up to Entra ID, and takes the response to its own request', async () => {
  const { popup, response } = setUp()
  expect(popup.location.replace).toHaveBeenCalledWith(url)
  const own = `code=1&state=e30|${id}`
  expect(await say(own)).toEqual([RECEIVED])
  expect(await response).toBe(own)
})

it('takes nothing else', async () => {
  const { settled, interruption, response } = setUp()
  const others = [`code=1&state=e30|${id.replace('a', 'b')}`, 'code=1', `code=1&state=${id}`, '', null, { id }, 7]
  expect(await say(...others)).toEqual([])
  expect(settled).not.toHaveBeenCalled()
  interruption.abort()
  await response
})

it('is cancelled once the window is closed and the user has been back for two seconds', async () => {
  const { popup, document, settled } = setUp()
  document.isFocused = true
  await vi.advanceTimersByTimeAsync(60_000)
  popup.closed = true
  await vi.advanceTimersByTimeAsync(1_500)
  expect(settled).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(settled).toHaveBeenCalledWith(expect.objectContaining({ refused: 'cancelled' }))
})

it('waits where the window looks closed and the user is not back, or only for a glance', async () => {
  const { popup, document, settled, interruption } = setUp()
  popup.closed = true
  await vi.advanceTimersByTimeAsync(60_000)
  document.isFocused = true
  await vi.advanceTimersByTimeAsync(1_500)
  document.isFocused = false
  await vi.advanceTimersByTimeAsync(60_000)
  expect(settled).not.toHaveBeenCalled()
  interruption.abort()
})

it.each([false, true])('is given up after ten minutes, looking closed: %s', async (closed) => {
  const { popup, settled } = setUp()
  popup.closed = closed
  await vi.advanceTimersByTimeAsync(10 * 60_000 - 1)
  expect(settled).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(settled).toHaveBeenCalledWith({ refused: 'timed_out' })
})

it('is cancelled where the window is gone before it can be sent anywhere', async () => {
  const replace = () => {
    throw new DOMException('gone', 'SecurityError')
  }
  const answer = await waitForResponse({
    window: { document: { hasFocus: () => true } } as unknown as Window,
    popup: { closed: true, location: { replace } } as unknown as Window,
    id,
    url,
    interrupted: new AbortController().signal,
  })
  expect(answer).toMatchObject({ refused: 'cancelled' })
})

it('ends at once with a sign-out, and sends nobody anywhere after one', async () => {
  const { interruption, settled } = setUp()
  interruption.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect(settled).toHaveBeenCalledWith({ refused: 'cancelled' })
  const replace = vi.fn()
  const answer = await waitForResponse({
    window: { document: { hasFocus: () => true } } as unknown as Window,
    popup: { closed: false, location: { replace } } as unknown as Window,
    id,
    url,
    interrupted: AbortSignal.abort(),
  })
  expect(answer).toEqual({ refused: 'cancelled' })
  expect(replace).not.toHaveBeenCalled()
})
