import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { describeRefusal } from '../../../../src/sources/failures/describe.js'
import { addMessage } from '../../../../src/sources/failures/messages.js'
import { load } from '../../../../src/sources/load.js'
import type { Refusal } from '../../../../src/sources/source.js'
import { accessToken } from '../../jwt.js'

const clientId = '11111111-2222-3333-4444-555555555555'
const context = {
  settings: {
    clientId,
    tenant: 'contoso.onmicrosoft.com',
    authority: 'https://login.microsoftonline.com',
    scopes: [`api://app.contoso.com/${clientId}/access_as_user`],
    redirectUri: 'https://app.contoso.com/signed-in?x=1',
    client: undefined,
  },
  window: { location: { origin: 'https://app.contoso.com', host: 'app.contoso.com' } } as Window,
}
const described = (refusal: Refusal) => describeRefusal<Refusal>(Promise.resolve(refusal), context)

describe('a refusal', () => {
  it.each(
    '700016 50011 65001 9002326 500113 90002 50020 50105 53003 53000 700054 7000218 500011 70011 65005'.split(' '),
  )('of Entra ID by AADSTS%s says what that means and what to change', async (why) => {
    const { message, remedy } = await described({ refused: 'config_invalid', why })
    expect(message).toMatch(new RegExp(`^AADSTS${why}: [A-Z].*\\.$`))
    expect(remedy).toMatch(/^[A-Z].*\.$/)
  })

  it.each('650052 650053 650056 90008 90009 90014 900144 90094 65004 530003 50194 50057'.split(' '))(
    'of the rarer AADSTS%s too',
    async (why) => {
      expect((await described({ refused: 'denied', why })).message).toMatch(new RegExp(`^AADSTS${why}: [A-Z]`))
    },
  )

  it.each([
    ...['cache_quota_exceeded', 'clock_unknown', 'endpoint_empty', 'endpoint_fails', 'endpoint_silent'],
    ...['endpoint_throttles', 'host_lost', 'host_too_new', 'no_access_token', 'no_nesting', 'sso_for_other'],
    ...['token_expired', 'token_of_other'],
  ])('of our own has a message: %s', async (why) => {
    const refusal = { refused: 'unavailable', why, cause: 'c' } as const
    const filled = { message: expect.stringMatching(/\.$/), remedy: expect.stringMatching(/^[A-Z].*\.$/) }
    expect(await described(refusal)).toEqual({ ...refusal, ...filled })
  })

  it('by a number that we have no message for leads to the page of Microsoft', async () => {
    expect(await described({ refused: 'config_invalid', why: '7654321' })).toMatchObject({
      message: 'Entra ID refuses with AADSTS7654321.',
      remedy: 'Look up https://login.microsoftonline.com/error?code=7654321.',
    })
  })

  it('that a sign-in mends loads no messages', async () => {
    const answer = await described({ refused: 'sign_in_required', why: '50105' })
    expect(answer).toEqual({
      refused: 'sign_in_required',
      why: '50105',
      aadsts: 50105,
      message: 'Entra ID refuses with AADSTS50105.',
    })
  })

  it.each<[string, (text: string) => unknown]>([
    ['text', (text) => text],
    ['an error', (text) => new Error(text)],
    ['an error of MSAL', (errorMessage) => Object.assign(new Error('x'), { errorCode: 'y', errorMessage })],
  ])('never has a token in its cause: %s', async (_, causeOf) => {
    const { token } = accessToken()
    const answer = await described({ refused: 'host_refused', cause: causeOf(`Bad: ${token}`) })
    expect(answer).toMatchObject({ refused: 'host_refused' })
    expect(answer).not.toHaveProperty('cause')
    for (const part of token.split('.').filter(Boolean)) expect(JSON.stringify(answer)).not.toContain(part)
    const cause = causeOf('eyJ is how a token begins')
    expect(await described({ refused: 'host_refused', cause })).toMatchObject({ refused: 'host_refused', cause })
  })

  it('that is thrown is one too, and nobody is told to try again', async () => {
    const cause = new TypeError('x.y is not a function')
    const answer = await describeRefusal<Refusal>(Promise.reject(cause), context)
    expect(answer).toMatchObject({ refused: 'unsupported', why: 'thrown', cause })
    expect(answer).toMatchObject({ message: 'The code of this page failed. TypeError: x.y is not a function' })
  })

  it('names the values of the app that are to be compared', async () => {
    const remedyOf = async (why: string) => (await described({ refused: 'config_invalid', why })).remedy
    expect(await remedyOf('50011')).toContain('`browser.redirectUri`, https://app.contoso.com/signed-in, to')
    expect(await remedyOf('65005')).toContain(`\`scopes\`, ${context.settings.scopes[0]}, with "Expose an API"`)
    expect(await remedyOf('700016')).toContain(`\`clientId\`, ${clientId}, and \`tenant\`, contoso.onmicrosoft.com`)
    expect(await remedyOf('came_back')).toMatch(/AADSTS50011.*redirectUri.*700016 `clientId`.*90002 `tenant`/)
  })
})

describe('what a host says', () => {
  const says = (message: string) => described({ refused: 'host_refused', cause: new Error(message) })
  const field = `\`resource\` to api://app.contoso.com/${clientId}, which has to name app.contoso.com`

  it.each([
    'resourceDisabled',
    'App resource defined in manifest and iframe origin do not match',
    'Definition not found',
    'Tab does not have the required permissions for this operation',
    'Something that nobody has heard of',
  ])('is quoted, with the field of the manifest to change: %s', async (message) => {
    const answer = await says(message)
    expect(answer.message).toBe(`The host says "${message}".`)
    expect(answer.remedy).toContain(field)
  })

  it('has the number of Entra ID where it quotes that', async () => {
    const answer = await says('Token request failed: AADSTS65005: The app needs access to a service.')
    expect(answer).toMatchObject({ aadsts: 65005, message: 'AADSTS65005: The API does not offer this scope.' })
  })

  it.each([
    ['a token', `No: ${accessToken().token}`],
    ['an opaque token', 'No: EwB4A8l6BAAUkj1NuJYtTVha+Mogk+HEiPbQo04AAT'],
    ['the payload of one', `No: ${accessToken().token.split('.')[1]}`],
    ['a refresh token', 'No: 0.AXoAc3dkN2EtOTBkZS00Y2RlLWI0ZTYtZTQ5'],
    ['a code in parts, of which one is a GUID', 'code M.C507_BAY.2.U.ee7ac3c4-8a20-4c2d-b8d4-ae8d8a3d8b7e refused'],
    ['a GUID as a value', 'No: secret=ee7ac3c4-8a20-4c2d-b8d4-ae8d8a3d8b7e'],
    ['a secret with dots', 'No: 8Q8Q~abcdefghijklmno.pqrstuvwxyz'],
    ['short parts', 'No: 0.AXoAbc.def-ghi_jkl.mno.pqr2.stu'],
    ['a code', 'https://x.example/#code=M.C507_BL2.2.U.1f2e3d4c5b6a79885766554433221100'],
  ])('is not shown with %s in it', async (_, message) => {
    expect((await says(message)).message).toBe('The host gives no token.')
  })

  it.each([
    'Trace ID: ee7ac3c4-8a20-4c2d-b8d4-ae8d8a3d8b7e Correlation ID: 1e7ac3c4-8a20-4c2d-b8d4-ae8d8a3d8b7e.',
    "The app 'ee7ac3c4-8a20-4c2d-b8d4-ae8d8a3d8b7e' may not, api://ee7ac3c4-8a20-4c2d-b8d4-ae8d8a3d8b7e/read.",
    'microsoftTeams.authentication.getAuthToken was not allowed at 2026-01-01T00:00:00Z',
  ])('is shown with what is no secret: %s', async (message) => {
    expect((await says(message)).message).toBe(`The host says "${message}".`)
  })

  it('is cut, and names nobody', async () => {
    const { message = '' } = await says(`adele@contoso.com may not. ${'so it goes '.repeat(100)}`)
    expect(message).toMatch(/^The host says "… may not\. so it goes /)
    expect(message.length).toBeLessThan(230)
  })

  it('takes no time, however long it is', async () => {
    const began = performance.now()
    for (const part of ['a', 'a.', 'a@']) await says(part.repeat(100_000))
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  it('is quoted without anything that could be a token, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[\w-]{28,60}$/), fc.string(), (before, secret, after) => {
        const { message = '', remedy = '' } = addMessage(
          { refused: 'host_refused', cause: new Error(`${before} ${secret} ${after}`) },
          context,
        )
        return !`${message}${remedy}`.includes(secret)
      }),
    )
  })
})

describe('a part that cannot be loaded', () => {
  const failing = (text: string) => load(() => Promise.reject(new TypeError(text)))
  const address = 'https://cdn.contoso.com/library-1.js'

  it.each([
    ['a query', `Failed to fetch dynamically imported module: ${address}?sig=AbCdEf`],
    ['a mistake in it', `Cannot read properties of undefined (reading ${address}?v=1&sig=AbCdEf#sig=AbCdEf)`],
    ['a library that is missing', `Failed to resolve module specifier "@azure/msal-browser", ${address}?sig=AbCdEf`],
  ])('never says what signs its address: %s', async (_, text) => {
    const { cause, ...said } = (await describeRefusal(failing(text), context)) as Refusal
    expect(said.message).toMatch(/\w/)
    expect(JSON.stringify(said)).not.toMatch(/sig=|\?v/)
  })

  it('is retryable where nothing of its text can be said', async () => {
    const refusal = (await describeRefusal(failing(`${address}?token=${accessToken().token}`), context)) as Refusal
    expect(refusal).toMatchObject({ refused: 'unavailable', why: 'part' })
    expect(JSON.stringify(refusal)).not.toContain('eyJ')
    expect(refusal.retryable).toBeUndefined()
  })
})

describe('what needs no message, or has none', () => {
  it('without more to say stays as it is, and so does a token', async () => {
    const refusal = { refused: 'offline' } as const
    expect(await described(refusal)).toBe(refusal)
    const token = { token: 't' }
    expect(await describeRefusal(Promise.resolve(token), context)).toBe(token)
  })

  it('says its number where the messages cannot be loaded', async () => {
    vi.resetModules()
    vi.doMock('../../../../src/sources/failures/messages.js', () => Promise.reject(new Error('offline')))
    const { describeRefusal: alone } = await import('../../../../src/sources/failures/describe.js')
    const answer = await alone<Refusal>(Promise.resolve({ refused: 'config_invalid', why: '700016' }), context)
    expect(answer).toMatchObject({ refused: 'config_invalid', message: 'Entra ID refuses with AADSTS700016.' })
    vi.doUnmock('../../../../src/sources/failures/messages.js')
  })
})

it.each(['', 'something', 'constructor', '__proto__', 'toString'])('there is no message for %j', (why) => {
  const refusal: Refusal = { refused: 'denied', why }
  expect(addMessage(refusal, context)).toEqual(refusal)
})
