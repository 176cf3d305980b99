import { describe, expect, it } from 'vitest'
import { replayCopy } from '../../../../src/carriers/fetch/request-copy.js'

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
