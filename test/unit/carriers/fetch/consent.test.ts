import { describe, expect, it, vi } from 'vitest'
import { bindCall } from '../../../../src/carriers/fetch/call.js'
import { type ConsentContext, consentChallengeOf, fetchWithConsent } from '../../../../src/carriers/fetch/consent.js'
import { isAnswerOf } from '../../../../src/carriers/fetch/fetch-with-token.js'
import { isStream, replayCopy } from '../../../../src/carriers/fetch/request-copy.js'
import { AuthError } from '../../../../src/shared/errors.js'
import { parseResource } from '../../../../src/shared/resources.js'

const page = 'https://app.example/'
const CHALLENGE =
  'Bearer realm="api", error="interaction_required", scopes="User.Read,Mail.Read", proposedAction="consent"'
/** As Microsoft.Identity.Web writes it. */
const OF_DOTNET =
  'Bearer consentUri="https://login.example/consent?scope=x", claims="", scopes="user.read", proposedAction="consent"'

const refused = (challenge = CHALLENGE, status = 403) =>
  new Response('no', { status, headers: { 'www-authenticate': challenge } })
const ok = () => new Response('ok')

function setUp(answers: (() => Response)[], onConsent: ConsentContext['onConsent'] = vi.fn()) {
  const resources = [parseResource('/', page)]
  const sent: string[] = []
  const disposal = new AbortController()
  const context: ConsentContext = {
    fromEngine: { isAnswerOf, AuthError, isStream, replayCopy },
    resources,
    onConsent,
    ended: disposal.signal,
    async send({ input, init }) {
      sent.push(input instanceof Request ? await input.text() : String(init.body ?? ''))
      return ((answers.length > 1 ? answers.shift() : answers[0]) as () => Response)()
    },
  }
  const call = (input: RequestInfo | URL = '/api', init?: RequestInit) => {
    const bound = bindCall(resources, page, input, init)
    if (!bound) throw new Error('It is not protected.')
    return fetchWithConsent(context, bound)
  }
  return { call, sent, onConsent, dispose: () => disposal.abort('disposed') }
}

describe('a call that needs consent', () => {
  it.each([
    [CHALLENGE, ['User.Read', 'Mail.Read']],
    [OF_DOTNET, ['user.read']],
  ])('asks for the scopes of the server, and is repeated: %s', async (challenge, scopes) => {
    const { call, sent, onConsent } = setUp([() => refused(challenge), ok])
    const response = await call('/api', { method: 'POST', body: 'text' })
    expect([await response.text(), sent]).toEqual(['ok', ['text', 'text']])
    expect(onConsent).toHaveBeenCalledExactlyOnceWith({ scopes, origin: 'https://app.example' })
  })

  it('ends with dispose(), whatever the page does', async () => {
    const { call, sent, onConsent, dispose } = setUp(
      [() => refused()],
      vi.fn(() => new Promise(() => {})),
    )
    const waiting = expect(call()).rejects.toBe('disposed')
    await vi.waitFor(() => expect(onConsent).toHaveBeenCalled())
    dispose()
    await waiting
    expect(sent).toHaveLength(1)
  })

  it.each(['the account is gone', 'the call is aborted'])(
    'asks nobody where %s before the server has answered',
    async (what) => {
      const controller = new AbortController()
      const answer = () => {
        if (what === 'the call is aborted') controller.abort('aborted')
        else dispose()
        return refused()
      }
      const { call, sent, onConsent, dispose } = setUp([answer])
      await expect(call('/api', { signal: controller.signal })).rejects.toMatch(/aborted|disposed/)
      expect(sent).toHaveLength(1)
      expect(onConsent).not.toHaveBeenCalled()
    },
  )

  it('is repeated once: a server that asks again gets no second question', async () => {
    const { call, sent, onConsent } = setUp([refused])
    expect([(await call()).status, sent.length]).toEqual([403, 2])
    expect(onConsent).toHaveBeenCalledTimes(1)
  })

  it('gets the 403 itself where the user declines, or the app fails', async () => {
    for (const decline of [
      () => Promise.reject(new Error('no')),
      () => {
        throw new Error('no')
      },
    ]) {
      const { call, sent } = setUp([refused, ok], decline)
      const response = await call()
      expect([response.status, await response.text(), sent.length]).toEqual([403, 'no', 1])
    }
  })

  it('shares the question with others, and each is repeated', async () => {
    let give = () => {}
    const onConsent = vi.fn(
      () =>
        new Promise<void>((resolve) => {
          give = resolve
        }),
    )
    const { call, sent } = setUp([refused, refused, refused, ok], onConsent)
    const calls = [call(), call(), call()]
    await vi.waitFor(() => expect(sent).toHaveLength(3))
    await vi.waitFor(() => expect(onConsent).toHaveBeenCalled())
    give()
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(onConsent).toHaveBeenCalledTimes(1)
  })

  it('asks anew in a later call', async () => {
    const { call, onConsent } = setUp([refused, ok, refused, ok])
    await call()
    await call()
    expect(onConsent).toHaveBeenCalledTimes(2)
  })

  it('ends when it is aborted, while the user is being asked', async () => {
    const controller = new AbortController()
    const onConsent = () => {
      controller.abort(new Error('gone'))
      return new Promise(() => {})
    }
    const { call } = setUp([refused], onConsent)
    await expect(call('/api', { signal: controller.signal })).rejects.toThrow('gone')
  })

  it('is not repeated where its body can be read once only', async () => {
    const { call, onConsent } = setUp([refused])
    const body = new ReadableStream({ start: (stream) => stream.close() })
    expect((await call('/api', { method: 'POST', body, duplex: 'half' } as RequestInit)).status).toBe(403)
    expect(onConsent).not.toHaveBeenCalled()
  })

  it('sends a Request with its body twice', async () => {
    const { call, sent } = setUp([refused, ok])
    await call(new Request('https://app.example/api', { method: 'POST', body: 'text' }))
    expect(sent).toEqual(['text', 'text'])
  })

  it('is asked about by its own server alone: not by where a redirect has led', async () => {
    const elsewhere = () => Object.defineProperty(refused(), 'url', { value: 'https://other.example/' })
    const { call, onConsent } = setUp([elsewhere])
    expect((await call()).status).toBe(403)
    expect(onConsent).not.toHaveBeenCalled()
  })
})

describe('a challenge', () => {
  it.each([
    ['another status', refused(CHALLENGE, 401)],
    ['no header', new Response('', { status: 403 })],
    ['insufficient scope', refused('Bearer realm="api", error="insufficient_scope", error_description="wrong_role"')],
    ['no scopes', refused('Bearer realm="api", proposedAction="consent"')],
    ['empty scopes', refused('Bearer scopes="", proposedAction="consent"')],
    ['scopes that are none', refused('Bearer scopes="a\\b", proposedAction="consent"')],
    ['another action', refused('Bearer scopes="User.Read", proposedAction="reauthenticate"')],
    ['another scheme', refused('Basic scopes="User.Read", proposedAction="consent"')],
    ['a value that has it inside', refused('Bearer realm="proposedAction=consent", scopes="User.Read"')],
  ])('is none with %s', (_, response) => {
    expect(consentChallengeOf(response)).toBeUndefined()
  })
})
