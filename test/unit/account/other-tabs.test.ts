import { afterEach, expect, it, vi } from 'vitest'
import { openSessionChannel } from '../../../src/account/other-tabs.js'

const CLIENT_ID = '11111111-2222-4333-8444-555555555555'

afterEach(() => vi.unstubAllGlobals())

it('says nothing to the other tabs but that there is something to look at', () => {
  const said: [string, unknown][] = []
  class Channel {
    readonly name: string
    constructor(name: string) {
      this.name = name
    }
    postMessage(message: unknown) {
      said.push([this.name, message])
    }
    close() {}
  }
  vi.stubGlobal('BroadcastChannel', Channel)
  const channel = openSessionChannel(window, CLIENT_ID, () => {})
  channel.announce()
  channel.close()
  channel.announce()
  expect(said).toEqual(Array.from({ length: 2 }, () => [`twodoor.${CLIENT_ID}`, '']))
})
