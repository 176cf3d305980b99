import { describe, expect, it, vi } from 'vitest'
import { type AskContext, fetchAskingUser } from '../../../../src/carriers/fetch/ask-user.js'
import { bindCall } from '../../../../src/carriers/fetch/call.js'
import { isAnswerOf } from '../../../../src/carriers/fetch/fetch-with-token.js'
import { isStream, replayCopy } from '../../../../src/carriers/fetch/request-copy.js'
import { AuthError, type AuthErrorCode } from '../../../../src/shared/errors.js'
import { parseResource } from '../../../../src/shared/resources.js'

const page = 'https://app.example/'
const scopes = ['api://app.example/access_as_user']
const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const revoked = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'

const refuse = (asked: string | undefined = claims, code: AuthErrorCode = 'sign_in_required') => {
  throw new AuthError(code, { phase: 'renewal', claims: asked })
}
const ok = () => new Response('ok')

function setUp(
  answers: (() => Response)[],
  onStepUp: AskContext['onStepUp'] = vi.fn(),
  more: Partial<AskContext> = {},
) {
  const resources = [parseResource('/graph', page, { scopes: ['User.Read'] }), parseResource('/', page)]
  const sent: string[] = []
  const disposal = new AbortController()
  const context: AskContext = {
    fromEngine: { isAnswerOf, AuthError, isStream, replayCopy },
    resources,
    scopes,
    onStepUp,
    ended: disposal.signal,
    async send({ input, init }) {
      sent.push(input instanceof Request ? await input.text() : String(init.body ?? ''))
      return ((answers.length > 1 ? answers.shift() : answers[0]) as () => Response)()
    },
    ...more,
  }
  const call = (input: RequestInfo | URL = '/api', init?: RequestInit) => {
    const bound = bindCall(resources, page, input, init)
    if (!bound) throw new Error('It is not protected.')
    return fetchAskingUser(context, bound)
  }
  return { call, sent, onStepUp, dispose: () => disposal.abort('disposed') }
}

describe('a call that needs a step up', () => {
  it('asks the app to ask the user, and is repeated', async () => {
    const { call, sent, onStepUp } = setUp([refuse, ok])
    expect((await call('/api', { method: 'POST', body: 'text' })).status).toBe(200)
    expect(sent).toEqual(['text', 'text'])
    expect(onStepUp).toHaveBeenCalledExactlyOnceWith({ claims, scopes, origin: 'https://app.example' })
  })

  it('asks for the scopes of its resource', async () => {
    const { call, onStepUp } = setUp([refuse, ok])
    await call('/graph/me')
    expect(onStepUp).toHaveBeenCalledWith({ claims, scopes: ['User.Read'], origin: 'https://app.example' })
  })

  it.each<[string, AuthErrorCode, boolean]>([
    ['a lost connection', 'offline', true],
    ['a sign-in that may only seem to be needed', 'sign_in_required', true],
    ['a wrong registration', 'config_invalid', false],
    ['a host that refuses', 'host_refused', false],
    ['dispose()', 'disposed', false],
  ])('asks for nothing where the reason is another one: %s', async (_, code, retryable) => {
    const error = new AuthError(code, { phase: 'renewal', claims, retryable })
    const fail = () => {
      throw error
    }
    const { call, onStepUp } = setUp([fail])
    await expect(call()).rejects.toBe(error)
    expect(onStepUp).not.toHaveBeenCalled()
  })

  it('repeats the body of a Request', async () => {
    const { call, sent } = setUp([refuse, ok])
    await call(new Request(`${page}api`, { method: 'POST', body: 'text' }))
    expect(sent).toEqual(['text', 'text'])
  })

  it('is repeated once: a step up that does not bring it is not asked for again', async () => {
    const { call, sent, onStepUp } = setUp([refuse])
    await expect(call()).rejects.toMatchObject({ code: 'sign_in_required', claims })
    expect([sent.length, vi.mocked(onStepUp as () => void).mock.calls.length]).toEqual([2, 1])
  })

  it('rejects with the claims where the user declines, or the app fails', async () => {
    const decline = () => Promise.reject(new Error('no'))
    const fail = () => {
      throw new Error('no')
    }
    for (const onStepUp of [decline, fail]) {
      const { call, sent } = setUp([refuse, ok], onStepUp)
      await expect(call()).rejects.toMatchObject({ code: 'sign_in_required', claims })
      expect(sent).toHaveLength(1)
    }
  })

  it('shares the question with others that ask for the same, and each is repeated', async () => {
    let give = () => {}
    const onStepUp = vi.fn(
      () =>
        new Promise<void>((resolve) => {
          const before = give
          give = () => {
            before()
            resolve()
          }
        }),
    )
    const { call, sent } = setUp([refuse, refuse, refuse, ok], onStepUp)
    const calls = [call(), call(), call('/graph/me')]
    await vi.waitFor(() => expect(onStepUp).toHaveBeenCalledTimes(2))
    give()
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(sent).toHaveLength(6)
  })

  it.each([
    ['a sign-in that has ended', () => refuse(revoked)],
    ['nobody who is signed in', () => refuse('')],
    [
      'what is none of an Auth',
      () => {
        throw new TypeError('Failed to fetch')
      },
    ],
  ])('is none where it is %s', async (_, answer) => {
    const { call, sent, onStepUp } = setUp([answer as () => never, ok])
    await expect(call()).rejects.toThrow()
    expect(sent).toHaveLength(1)
    expect(onStepUp).not.toHaveBeenCalled()
  })

  it('ends when it is aborted or with dispose(), while the user is being asked', async () => {
    const controller = new AbortController()
    const wait = vi.fn(() => new Promise(() => {}))
    const { call, dispose } = setUp([refuse], wait)
    const aborted = expect(call('/api', { signal: controller.signal })).rejects.toThrow('gone')
    const disposed = expect(call('/api')).rejects.toBe('disposed')
    await vi.waitFor(() => expect(wait).toHaveBeenCalled())
    controller.abort(new Error('gone'))
    await aborted
    dispose()
    await disposed
  })

  it('is not repeated where its body can be read once only', async () => {
    const { call, onStepUp } = setUp([refuse])
    const body = new ReadableStream({ start: (stream) => stream.close() })
    await expect(call('/api', { method: 'POST', body, duplex: 'half' } as RequestInit)).rejects.toMatchObject({
      claims,
    })
    expect(onStepUp).not.toHaveBeenCalled()
  })

  it('can need consent afterwards', async () => {
    const challenge = { 'www-authenticate': 'Bearer realm="api", scopes="User.Read", proposedAction="consent"' }
    const onConsent = vi.fn()
    const { call, onStepUp } = setUp(
      [refuse, () => new Response('', { status: 403, headers: challenge }), ok],
      vi.fn(),
      {
        onConsent,
      },
    )
    expect((await call()).status).toBe(200)
    expect([onStepUp, onConsent].map((each) => vi.mocked(each as () => void).mock.calls.length)).toEqual([1, 1])
  })

  it('is the caller’s where the app only hears of consent', async () => {
    const onConsent = vi.fn()
    const { call } = setUp([refuse], undefined, { onStepUp: undefined, onConsent })
    await expect(call()).rejects.toMatchObject({ claims })
    expect(onConsent).not.toHaveBeenCalled()
  })
})
