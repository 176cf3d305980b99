import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openPopupChannel, RECEIVED } from '../../../src/page/popup-channel.js'
import { failureOf } from '../../../src/popup/answer-host.js'
import { runPopup } from '../../../src/popup/run-popup.js'
import { refusalOf } from '../invalid-options.js'

const clientId = '11111111-2222-3333-4444-555555555555'
const options = { clientId, tenant: 'contoso.com' }
const id = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'
const teams = vi.hoisted(() => ({
  app: { initialize: vi.fn(async () => {}) },
  authentication: { notifySuccess: vi.fn(), notifyFailure: vi.fn() },
}))
vi.mock('../../../src/sources/teams/library.js', () => teams)

const noteKey = `twodoor.${clientId}.popup`
const close = vi.fn()
const left: string[] = []

function openAt(url: string): void {
  history.replaceState(null, '', url)
}

beforeEach(() => {
  vi.clearAllMocks()
  left.length = 0
  sessionStorage.clear()
  vi.spyOn(window, 'close').mockImplementation(close)
  vi.spyOn(window.location, 'replace').mockImplementation((url) => void left.push(`${url}`))
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Asks for consent as a page in a host has it, and returns the parameters that Entra ID gets. */
async function leave(query = `?twodoor=${id}&scope=User.Read`): Promise<URLSearchParams> {
  openAt(`/popup.html${query}`)
  void runPopup(options)
  await vi.waitFor(() => expect(left).toHaveLength(1))
  return new URL(left[0] ?? '').searchParams
}

describe('a pop-up for a page in a host', () => {
  it('goes to Entra ID with a challenge that nobody can answer', async () => {
    const sent = await leave(`?twodoor=${id}&scope=User.Read%20Mail.Read&login_hint=a%40b.c&claims=%7B%7D&prompt=login`)
    expect(left[0]).toMatch(/^https:\/\/login\.microsoftonline\.com\/contoso\.com\/oauth2\/v2\.0\/authorize\?/)
    expect(Object.fromEntries(sent)).toEqual({
      client_id: clientId,
      redirect_uri: `${location.origin}/popup.html`,
      response_type: 'code',
      response_mode: 'fragment',
      scope: 'User.Read Mail.Read',
      login_hint: 'a@b.c',
      claims: '{}',
      prompt: 'login',
      state: expect.stringMatching(/^[\da-f-]{36}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    expect(Object.values({ ...sessionStorage }).join()).not.toContain(sent.get('code_challenge'))
  })

  it('goes nowhere else and for no other app, whatever a link says', async () => {
    const evil =
      'authority=https%3A%2F%2Fevil.example&tenant=evil&clientId=evil&client_id=evil&redirect_uri=evil&state=evil'
    const sent = await leave(`?twodoor=${id}&scope=User.Read&${evil}&prompt=none&response_type=token`)
    expect(left[0]).toMatch(/^https:\/\/login\.microsoftonline\.com\/contoso\.com\/oauth2\/v2\.0\/authorize\?/)
    expect(left[0]).not.toMatch(/evil|none|token&/)
    expect(sent.get('client_id')).toBe(clientId)
  })

  it('tells the host of the consent, and nothing but what it was opened with', async () => {
    const state = (await leave()).get('state')
    openAt(`/popup.html#code=secret&state=${state}`)
    expect(await runPopup(options)).toBe(true)
    expect(teams.authentication.notifySuccess.mock.calls).toEqual([[id]])
    // teams-js does, after its message has gone.
    expect(close).not.toHaveBeenCalled()
    expect(location.href).not.toContain('secret')
    expect(sessionStorage.getItem(noteKey)).toBe(null)
  })

  it('tells it of a refusal by its code and number alone', async () => {
    const state = (await leave()).get('state')
    openAt(`/popup.html#error=access_denied&error_description=AADSTS65004%3A+Adele+declined.&state=${state}`)
    expect(await runPopup(options)).toBe(true)
    expect(teams.authentication.notifyFailure.mock.calls).toEqual([['access_denied 65004']])
  })

  it('takes a response once, and none with another state', async () => {
    const state = (await leave()).get('state')
    openAt('/popup.html#code=theirs&state=forged')
    expect(await runPopup(options)).toBe(false)
    openAt(`/popup.html#code=mine&state=${state}`)
    expect(await runPopup(options)).toBe(false)
    expect(teams.authentication.notifySuccess).not.toHaveBeenCalled()
  })

  it.each([
    ['that has gone', () => teams.app.initialize.mockRejectedValueOnce(new Error('No Parent window found'))],
    ['that does not answer', () => teams.app.initialize.mockReturnValueOnce(new Promise(() => {}))],
  ])('closes all the same for a host %s', async (_, arrange) => {
    const state = (await leave()).get('state')
    vi.useFakeTimers()
    arrange()
    openAt(`/popup.html#code=1&state=${state}`)
    const answered = runPopup(options)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await answered).toBe(false)
    expect(close).toHaveBeenCalled()
    expect(teams.authentication.notifySuccess).not.toHaveBeenCalled()
  })

  it.each([
    ['without an id', '?scope=User.Read'],
    ['with an id that is none', '?twodoor=x&scope=User.Read'],
    ['without scopes', `?twodoor=${id}`],
    ['with scopes that are none', `?twodoor=${id}&scope=%22`],
    ['with nothing', ''],
  ])('does nothing %s', async (_, query) => {
    openAt(`/popup.html${query}`)
    expect(await runPopup(options)).toBe(false)
    expect(left).toEqual([])
  })

  it('asks for no claims and no prompt that nobody wants, and remembers what it asks for under its own name', async () => {
    const sent = await leave()
    for (const name of ['claims', 'prompt', 'login_hint']) expect(sent.has(name)).toBe(false)
    expect(sessionStorage.getItem(noteKey)).toContain(sent.get('state'))
  })

  it('tells the hosts of Microsoft and those of the options, and nobody else', async () => {
    const state = (await leave()).get('state')
    openAt(`/popup.html#code=1&state=${state}`)
    await runPopup({ ...options, host: { origins: ['https://host.example'] } })
    const [origins] = teams.app.initialize.mock.calls[0] as unknown as [string[]]
    expect(origins).toContain('https://teams.microsoft.com')
    expect(origins.at(-1)).toBe('https://host.example')
    expect(origins.every((each) => URL.canParse(each.replace('*', 'a')))).toBe(true)
  })

  it('does nothing where it cannot remember its state', async () => {
    openAt(`/popup.html?twodoor=${id}&scope=User.Read`)
    vi.spyOn(window, 'sessionStorage', 'get').mockImplementation(() => {
      throw new DOMException('', 'SecurityError')
    })
    expect(await runPopup(options)).toBe(false)
    expect(left).toEqual([])
  })

  it('does nothing in a frame', async () => {
    openAt(`/popup.html?twodoor=${id}&scope=User.Read`)
    vi.spyOn(window, 'parent', 'get').mockReturnValue({} as typeof window)
    expect(await runPopup(options)).toBe(false)
    expect(left).toEqual([])
  })
})

describe('a pop-up for a page in a browser', () => {
  const state = `e30|${id}`

  it('hands the response over to the page that opened it', async () => {
    const channel = openPopupChannel(id)
    const heard: unknown[] = []
    channel.onmessage = ({ data }) => {
      heard.push(data)
      channel.postMessage(RECEIVED)
    }
    openAt(`/popup.html#code=1&state=${state}`)
    expect(await runPopup(options)).toBe(true)
    channel.close()
    expect(heard).toEqual([new URLSearchParams({ code: '1', state }).toString()])
    expect(close).toHaveBeenCalled()
    expect(location.hash).toBe('')
  })

  it('says that nobody took it, after 5 s', async () => {
    vi.useFakeTimers()
    openAt(`/popup.html#code=1&state=${state}`)
    const answered = runPopup(options)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await answered).toBe(false)
  })

  it.each(['x', 'e30|x', 'e30|', '|'])('opens no channel for the state %j', async (other) => {
    const open = vi.spyOn(globalThis, 'BroadcastChannel')
    openAt(`/popup.html#code=1&state=${other}`)
    expect(await runPopup(options)).toBe(false)
    expect(open).not.toHaveBeenCalled()
  })

  it('takes nothing but the word of the page for an answer', async () => {
    const channel = openPopupChannel(id)
    const settled = vi.fn()
    channel.onmessage = () => channel.postMessage('another message')
    openAt(`/popup.html#code=1&state=${state}`)
    const answered = runPopup(options).finally(settled)
    const witness = openPopupChannel(id)
    await new Promise((resolve) => {
      witness.onmessage = ({ data }) => data === 'another message' && resolve(undefined)
    })
    witness.close()
    expect(settled).not.toHaveBeenCalled()
    channel.postMessage(RECEIVED)
    expect(await answered).toBe(true)
    channel.close()
  })
})

it('names an option that is wrong', async () => {
  const message = await runPopup({ ...options, clientId: 'my-app' }).then(
    () => '',
    (error) =>
      refusalOf(() => {
        throw error
      }),
  )
  expect(message).toContain('`clientId`')
})

it.each<[string, string | undefined]>([
  ['code=1', undefined],
  ['error=consent_required&error_description=AADSTS65001: x', 'consent_required 65001'],
  ['error=server_error', 'server_error'],
  ['error=<script>', 'invalid_response'],
  ['error=server_error <b>', 'invalid_response'],
  ['error=<b> server_error', 'invalid_response'],
  ['', 'invalid_response'],
])('says of %j: %s', (response, failure) => {
  expect(failureOf(new URLSearchParams(response))).toBe(failure)
})
