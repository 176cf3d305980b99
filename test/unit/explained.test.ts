import { describe, expect, it, vi } from 'vitest'
import { explained } from '../../src/sources/explained.js'
import { wordsOf } from '../../src/sources/explanations.js'
import type { Refusal } from '../../src/sources/source.js'
import { accessToken } from './jwt.js'

const inWords = (refusal: Refusal) => explained<Refusal>(Promise.resolve(refusal))

describe('a refusal', () => {
  it.each(
    '700016 50011 65001 9002326 500113 90002 50020 50105 53003 53000 700054 7000218 500011 70011 65005'.split(' '),
  )('of Entra ID by AADSTS%s says what that means and what to change', async (why) => {
    const { message, remedy } = await inWords({ refused: 'config_invalid', why })
    expect(message).toMatch(new RegExp(`^AADSTS${why}: [A-Z].*\\.$`))
    expect(remedy).toMatch(/^[A-Z].*\.$/)
  })

  it.each('650052 650053 650056 90008 90009 90014 900144 90094 65004 530003 50194 50057'.split(' '))(
    'of the rarer AADSTS%s too',
    async (why) => {
      expect((await inWords({ refused: 'denied', why })).message).toMatch(new RegExp(`^AADSTS${why}: [A-Z]`))
    },
  )

  it.each([
    ...['cache_quota_exceeded', 'clock_unknown', 'endpoint_empty', 'endpoint_fails', 'endpoint_silent'],
    ...['endpoint_throttles', 'host_lost', 'host_too_new', 'no_access_token', 'no_nesting', 'sso_for_other'],
    ...['token_expired', 'token_of_other'],
  ])('of our own has words: %s', async (why) => {
    const refusal = { refused: 'unavailable', why, cause: 'c' } as const
    const words = { message: expect.stringMatching(/\.$/), remedy: expect.stringMatching(/^[A-Z].*\.$/) }
    expect(await inWords(refusal)).toEqual({ ...refusal, ...words })
  })

  it('by a number that we have no words for leads to those of Microsoft', async () => {
    expect(await inWords({ refused: 'config_invalid', why: '7654321' })).toMatchObject({
      message: 'Entra ID refuses with AADSTS7654321.',
      remedy: 'Look up https://login.microsoftonline.com/error?code=7654321.',
    })
  })

  it('that a sign-in mends loads no words', async () => {
    const answer = await inWords({ refused: 'sign_in_required', why: '50105' })
    expect(answer).toEqual({ refused: 'sign_in_required', why: '50105', message: 'Entra ID refuses with AADSTS50105.' })
  })

  it.each<[string, (text: string) => unknown]>([
    ['text', (text) => text],
    ['an error', (text) => new Error(text)],
    ['an error of MSAL', (errorMessage) => Object.assign(new Error('x'), { errorCode: 'y', errorMessage })],
  ])('never has a token in its cause: %s', async (_, causeOf) => {
    const { token } = accessToken()
    expect(await inWords({ refused: 'host_refused', cause: causeOf(`Bad: ${token}`) })).toEqual({
      refused: 'host_refused',
    })
    const cause = causeOf('eyJ is how a token begins')
    expect(await inWords({ refused: 'host_refused', cause })).toEqual({ refused: 'host_refused', cause })
  })

  it('without more to say stays as it is, and so does a token', async () => {
    const refusal = { refused: 'offline' } as const
    expect(await inWords(refusal)).toBe(refusal)
    const token = { token: 't' }
    expect(await explained(Promise.resolve(token))).toBe(token)
  })

  it('says its number where the words cannot be loaded', async () => {
    vi.resetModules()
    vi.doMock('../../src/sources/explanations.js', () => Promise.reject(new Error('offline')))
    const { explained: alone } = await import('../../src/sources/explained.js')
    const answer = await alone<Refusal>(Promise.resolve({ refused: 'config_invalid', why: '700016' }))
    expect(answer).toMatchObject({ refused: 'config_invalid', message: 'Entra ID refuses with AADSTS700016.' })
    vi.doUnmock('../../src/sources/explanations.js')
  })
})

it.each(['', '99999', 'constructor', '__proto__', 'toString'])('there are no words for %j', (why) => {
  expect(wordsOf(why)).toBeUndefined()
})
