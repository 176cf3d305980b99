import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openSessionChannel } from '../../../src/account/other-tabs.js'

const clientId = '11111111-2222-3333-4444-555555555555'

/** A channel as browsers have it, which delivers at once. */
class Channel {
  static readonly open = new Set<Channel>()
  onmessage: ((event: { data: unknown }) => void) | undefined
  readonly name: string
  constructor(name: string) {
    this.name = name
    Channel.open.add(this)
  }
  postMessage(data: unknown): void {
    if (!Channel.open.has(this)) throw new DOMException('Channel is closed', 'InvalidStateError')
    for (const other of Channel.open) if (other !== this && other.name === this.name) other.onmessage?.({ data })
  }
  close(): void {
    Channel.open.delete(this)
  }
}

const names = () => [...Channel.open].map(({ name }) => name)

beforeEach(() => vi.stubGlobal('BroadcastChannel', Channel))

afterEach(() => {
  for (const channel of Channel.open) channel.close()
  vi.unstubAllGlobals()
})

it('hears other tabs of the same app, and other apps that use MSAL', () => {
  const onMessage = vi.fn()
  openSessionChannel(window, clientId, onMessage)
  expect(names()).toEqual([`twodoor.${clientId}`, 'msal.broadcast.event'])
  new Channel(`twodoor.${clientId}`).postMessage('')
  new Channel('msal.broadcast.event').postMessage({ eventType: 'msal:loginSuccess' })
  window.dispatchEvent(new StorageEvent('storage', { key: `twodoor.${clientId}.signed-out`, newValue: '1' }))
  expect(onMessage).toHaveBeenCalledTimes(3)
})

it.each([
  [`twodoor.${clientId}.signed-out`, true],
  [`msal.${clientId}.active-account-filters`, true],
  ['msal.account.keys', true],
  ['msal.3.account.keys', true],
  ['msal.22222222-2222-3333-4444-555555555555.active-account-filters', false],
  [`msal.3.token.keys.${clientId}`, false],
  [`twodoor.${clientId}.turn`, false],
  [null, false],
])('a change of %s in storage says that there may be something to look at: %s', (key, isIt) => {
  const onMessage = vi.fn()
  const channel = openSessionChannel(window, clientId, onMessage)
  window.dispatchEvent(new StorageEvent('storage', { key }))
  expect(onMessage).toHaveBeenCalledTimes(isIt ? 1 : 0)
  channel.close()
})

it('says nothing to the other tabs but that there is something to look at', () => {
  const other = new Channel(`twodoor.${clientId}`)
  const heard = vi.fn()
  other.onmessage = heard
  const channel = openSessionChannel(window, clientId, () => {})
  const opened = names()
  const close = vi.spyOn(Channel.prototype, 'close')
  channel.announce()
  expect(heard.mock.calls).toEqual([[{ data: '' }]])
  expect([names(), close.mock.calls]).toEqual([opened, []])
  close.mockRestore()
})

it('after close() hears nothing, and still tells what was under way, with nothing left open', () => {
  const onMessage = vi.fn()
  const channel = openSessionChannel(window, clientId, onMessage)
  channel.close()
  expect(names()).toEqual([])
  window.dispatchEvent(new StorageEvent('storage', { key: `twodoor.${clientId}.signed-out`, newValue: '1' }))
  expect(onMessage).not.toHaveBeenCalled()
  const other = new Channel(`twodoor.${clientId}`)
  other.onmessage = vi.fn()
  channel.announce()
  expect(other.onmessage).toHaveBeenCalledTimes(1)
  expect([...Channel.open]).toEqual([other])
})

it('does without channels where the browser refuses them together with storage', () => {
  vi.stubGlobal('BroadcastChannel', () => {
    throw new DOMException('The operation is insecure.', 'SecurityError')
  })
  const channel = openSessionChannel(window, clientId, () => {})
  expect(() => channel.announce()).not.toThrow()
  expect(() => channel.close()).not.toThrow()
  expect(() => channel.announce()).not.toThrow()
})
