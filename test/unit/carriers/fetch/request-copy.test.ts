import { describe, expect, it } from 'vitest'
import { canReplay, replayCopy } from '../../../../src/carriers/fetch/request-copy.js'

describe('a call can be sent once more', () => {
  const address = 'https://app.example/'
  const used = new Request(address, { method: 'POST', body: 'text' })
  const stream = new ReadableStream()
  it.each<[string, boolean, Parameters<typeof fetch>]>([
    ['an address', true, [address]],
    ['an address with text', true, [address, { method: 'POST', body: 'text' }]],
    ['an address with a stream', false, [address, { method: 'POST', body: stream }]],
    ['a body of null', true, [address, { body: null }]],
    ['a Request', true, [new Request(address, { method: 'POST', body: 'text' })]],
    ['a Request that was read', false, [used]],
    ['a Request that was read, with another body', true, [used, { body: 'text' }]],
    ['a Request with a stream instead', false, [new Request(address), { method: 'POST', body: stream }]],
  ])('%s: %s', async (_what, can, call) => {
    if (!used.bodyUsed) await used.text()
    expect(canReplay(...call)).toBe(can)
  })
})

describe('what is left to send once more', () => {
  it('is a copy of a Request, whose `body` is not looked at: WebKit could not send a form with a file any more', async () => {
    const request = new Request('https://app.example/', { method: 'POST', body: 'text' })
    let looks = 0
    Object.defineProperty(request, 'body', { get: () => (looks += 1) })
    const copy = replayCopy(request)
    expect(looks).toBe(0)
    expect(copy).not.toBe(request)
    expect(await copy.text()).toBe('text')
  })

  it('is an address as it is', () => {
    expect(replayCopy('https://app.example/')).toBe('https://app.example/')
  })
})
