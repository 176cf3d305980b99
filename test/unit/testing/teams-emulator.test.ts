import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTeamsEmulator } from '../../../src/testing/teams/emulator.js'
import { adele, alex, appOrigin, fakeWindow, openHost, settle } from './teams-host.js'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('who is heard', () => {
  test('answers the frame, at the origin that it asked from', async () => {
    const { ask, app } = openHost()
    const [context] = (await ask('getContext')) as [{ hostName: string }]
    expect(context.hostName).toBe('TeamsModern')
    expect(app.inbox.map(({ targetOrigin }) => targetOrigin)).toEqual([appOrigin])
    expect(app.inbox[0]?.message).toMatchObject({ id: 1, uuidAsString: 'uuid-1' })
  })

  test('leaves another window without an answer, and keeps nothing of what it sent', async () => {
    const { deliver, app, mint, emulator } = openHost()
    const stranger = fakeWindow()
    deliver({ id: 1, func: 'authentication.getAuthToken', args: ['s3cret'] }, stranger)
    await settle()
    expect([stranger.inbox, app.inbox, mint.mock.calls]).toEqual([[], [], []])
    expect(emulator.transcript).toEqual([
      expect.objectContaining({
        direction: 'refused',
        peer: 'stranger',
        func: '',
        summary: expect.not.stringContaining('s3cret'),
      }),
    ])
  })

  test.each([
    'https://evil.example',
    'https://app.contoso.example.evil.example',
    'http://app.contoso.example',
    'null',
    '',
  ])('leaves the frame without an answer once it shows %s', async (origin) => {
    const { deliver, app, mint, emulator } = openHost()
    deliver({ id: 1, func: 'authentication.getAuthToken', args: [] }, app, origin)
    await settle()
    expect([app.inbox, mint.mock.calls]).toEqual([[], []])
    expect(emulator.transcript.map(({ direction, peer }) => [direction, peer])).toEqual([['refused', 'app']])
  })

  test('hears each of several origins', async () => {
    const { deliver, app } = openHost({ appOrigin: [appOrigin, 'http://localhost:5173'] })
    deliver({ id: 1, func: 'getContext', args: [] }, app, 'http://localhost:5173')
    await settle()
    expect(app.inbox[0]?.targetOrigin).toBe('http://localhost:5173')
  })

  test.each([
    ['*'],
    ['null'],
    [''],
    ['app.contoso.example'],
    [`${appOrigin}/`],
    [`${appOrigin}/tab`],
    ['https://*.example'],
    ['file://'],
    [[]],
    [undefined],
  ])('takes no %o for an origin', (given) => {
    const page = new EventTarget()
    const listen = vi.spyOn(page, 'addEventListener')
    const create = () => openHost({ appOrigin: given as string, window: page as Window })
    expect(create).toThrow(TypeError)
    expect(create).toThrow('https://app.contoso.com')
    expect(listen).not.toHaveBeenCalled()
  })

  test('survives whatever the frame sends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.anything(),
        fc.constantFrom('getContext', 'nestedAppAuth.execute', 'authentication.authenticate', 'toString'),
        async (value, func) => {
          const { deliver, app, emulator } = openHost({ sso: 'resourceDisabled' })
          for (const message of [
            value,
            { id: value, func },
            { id: 1, func: value },
            { id: 1, func, args: value, data: value },
            { id: 1, func, args: [value, value] },
          ])
            deliver(message)
          await settle()
          expect(app.inbox.every(({ targetOrigin }) => targetOrigin === appOrigin)).toBe(true)
          emulator.dispose()
        },
      ),
      { numRuns: 50 },
    )
  })

  test('hears nothing any more after its end, and sends no late answer', async () => {
    const { ask, app, emulator } = openHost({ latencyMs: 100 })
    await ask('getContext')
    emulator.dispose()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await ask('getContext')).toBeUndefined()
    expect(app.inbox).toEqual([])
  })

  test('sends no token that arrives after its end', async () => {
    let give = (_token: { token: string; expiresInSeconds: number }) => {}
    const { getToken, app, emulator } = openHost({ mint: () => new Promise((resolve) => (give = resolve)) })
    await getToken()
    emulator.dispose()
    give({ token: 'late', expiresInSeconds: 60 })
    await settle()
    expect(app.inbox).toEqual([])
  })
})

describe('faults of the wire', () => {
  test('answers nothing while it is silent, and again afterwards', async () => {
    const { ask, emulator } = openHost({ silent: true })
    expect(await ask('initialize', ['2.58.0', 4])).toBeUndefined()
    emulator.set({ silent: false })
    expect(await ask('initialize', ['2.58.0', 4])).toBeDefined()
    expect(emulator.transcript.map(({ direction }) => direction)).toEqual([
      'received',
      'ignored',
      'received',
      'answered',
    ])
  })

  test('leaves single functions unanswered, those of the bridge too', async () => {
    const { ask, nested } = openHost({ mute: new Set(['getContext', 'GetInitContext'] as const) })
    expect(await ask('getContext')).toBeUndefined()
    expect(await nested('GetInitContext')).toBeUndefined()
    expect(await ask('initialize')).toBeDefined()
    expect(await nested('GetToken')).toBeDefined()
  })

  test('is slow', async () => {
    const { ask, app } = openHost({ latencyMs: 2_500 })
    await ask('getContext')
    await vi.advanceTimersByTimeAsync(2_499)
    expect(app.inbox).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(app.inbox).toHaveLength(1)
  })

  test('leaves the UUID out', async () => {
    const { ask, app } = openHost({ echoUuid: false })
    await ask('getContext')
    expect(app.inbox[0]?.message).not.toHaveProperty('uuidAsString')
  })

  test.each([
    [4, 4],
    [9, 4],
    [2, 2],
    [undefined, 1],
    ['4', 1],
  ])('describes no newer runtime than the SDK asks for: %o gives %o', async (asked, given) => {
    const { ask } = openHost()
    const [, , , runtime] = (await ask('initialize', ['2.58.0', asked])) as [string, string, string, string]
    expect(JSON.parse(runtime).apiVersion).toBe(given)
  })
})

describe('settings', () => {
  test('go back to their default with undefined', () => {
    const { emulator } = openHost({ latencyMs: 100, hostName: 'Outlook' })
    emulator.set({ latencyMs: undefined, hostName: undefined, user: undefined })
    expect(emulator.settings).toMatchObject({ latencyMs: 0, hostName: 'TeamsModern', user: adele })
  })

  test('are a snapshot that nobody can change', () => {
    const { emulator } = openHost()
    const before = emulator.settings
    emulator.setTheme('dark')
    expect(before.theme).toBe('default')
    expect(Object.isFrozen(emulator.settings)).toBe(true)
  })

  test('show in the context', async () => {
    const { ask, emulator } = openHost({ context: { channelId: '19:abc', locale: 'de-de' } })
    emulator.setUser({ ...alex, loginHint: 'hint' })
    expect((await ask('getContext'))?.[0]).toMatchObject({
      userObjectId: alex.objectId,
      loginHint: 'hint',
      channelId: '19:abc',
      locale: 'de-de',
    })
  })
})

describe('themes', () => {
  test('are sent once the app has registered, and each only once', async () => {
    const { ask, app, emulator } = openHost()
    emulator.setTheme('dark')
    await ask('registerHandler', ['themeChange'])
    emulator.setTheme('dark')
    expect(app.inbox).toEqual([])
    emulator.setTheme('contrast')
    expect(app.inbox).toEqual([{ message: { func: 'themeChange', args: ['contrast'] }, targetOrigin: appOrigin }])
  })

  test('are not sent to an app that was loaded anew', async () => {
    const { ask, app, emulator } = openHost()
    await ask('registerHandler', ['themeChange'])
    await ask('initialize')
    emulator.setTheme('dark')
    expect(app.inbox.some(({ message }) => message.func === 'themeChange')).toBe(false)
  })
})

describe('the sign-in window', () => {
  const url = `${appOrigin}/auth?state=s3cret`

  test('passes its result on, and only its own', async () => {
    const { ask, app, popup, deliver, open } = openHost()
    await ask('authentication.authenticate', [url, 400, 300])
    expect(open).toHaveBeenCalledWith(url, '_blank', 'popup,width=400,height=300')
    deliver({ id: 7, func: 'authentication.authenticate.success', args: ['forged'] }, app)
    deliver({ id: 7, func: 'authentication.authenticate.success', args: ['forged'] }, popup, 'https://evil.example')
    await settle()
    expect(app.inbox).toEqual([])
    expect((await ask('initialize', [], {}, popup))?.[0]).toBe('authentication')
    await ask('authentication.authenticate.success', ['the code'], {}, popup)
    expect(app.inbox[0]?.message).toMatchObject({ args: [true, 'the code'] })
  })

  test('passes its failure on', async () => {
    const { ask, app, popup } = openHost()
    await ask('authentication.authenticate', [url])
    await ask('authentication.authenticate.failure', ['no luck'], {}, popup)
    expect(app.inbox[0]?.message.args).toEqual([false, 'no luck'])
  })

  test.each([
    ['the user closes it', (host: ReturnType<typeof openHost>) => host.popup.close()],
    ['the page of the host does', (host: ReturnType<typeof openHost>) => host.emulator.closePopup()],
  ])('is cancelled once %s', async (_, close) => {
    const host = openHost()
    await host.ask('authentication.authenticate', [url])
    close(host)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(host.app.inbox[0]?.message.args).toEqual([false, 'CancelledByUser'])
  })

  test('does not open twice, nor where popups are blocked', async () => {
    const { ask, open, emulator } = openHost()
    await ask('authentication.authenticate', [url])
    expect(await ask('authentication.authenticate', [url])).toEqual([false, 'FailedToOpenWindow'])
    expect(open).toHaveBeenCalledTimes(1)
    emulator.closePopup()
    open.mockReturnValue(null)
    expect(await ask('authentication.authenticate', [url])).toEqual([false, 'FailedToOpenWindow'])
  })

  test.each(['javascript:alert(1)', 'data:text/html,x', 'blob:https://app.contoso.example/1', '/auth', '', 7, null])(
    'does not open %o',
    async (address) => {
      const { ask, open } = openHost()
      expect(await ask('authentication.authenticate', [address])).toEqual([false, 'FailedToOpenWindow'])
      expect(open).not.toHaveBeenCalled()
    },
  )

  test('closes with the emulator', async () => {
    const { ask, popup, emulator } = openHost()
    await ask('authentication.authenticate', [url])
    emulator.dispose()
    expect(popup.closed).toBe(true)
  })
})

describe('the transcript', () => {
  test('holds no token, no code and no result', async () => {
    const { ask, getToken, nested, popup, emulator } = openHost()
    await getToken()
    await nested('GetToken', { scope: 'a', claims: 's3cret-claims' })
    await ask('authentication.authenticate', [`${appOrigin}/auth?code=s3cret#s3cret`])
    await ask('authentication.authenticate.success', ['s3cret'], {}, popup)
    await ask('appInitialization.failure', ['AuthFailed', 's3cret', 's3cret'])
    const text = JSON.stringify(emulator.transcript)
    expect(text).not.toMatch(/t0ken|s3cret/)
    expect(text).toContain(`${appOrigin}/auth`)
  })

  test('is heard until the undo, even beside a listener that throws', async () => {
    const report = vi.fn()
    vi.stubGlobal('reportError', report)
    const { ask, emulator } = openHost()
    emulator.subscribe(() => {
      throw new Error('of a listener')
    })
    const heard = vi.fn()
    const undo = emulator.subscribe(heard)
    expect(await ask('getContext')).toBeDefined()
    undo()
    await ask('getContext')
    expect(heard.mock.calls.map(([{ direction }]) => direction)).toEqual(['received', 'answered'])
    expect(report).toHaveBeenCalled()
    vi.unstubAllGlobals()
  })

  test('does not grow without end', () => {
    const { deliver, emulator } = openHost()
    for (let i = 0; i < 1_100; i++) deliver('flood')
    expect(emulator.transcript).toHaveLength(1_000)
  })
})

test('tells what the app notifies of, until the undo', async () => {
  const { ask, emulator } = openHost()
  const heard = vi.fn()
  const undo = emulator.onNotify(heard)
  await ask('appInitialization.appLoaded', ['2.58.0'])
  undo()
  await ask('appInitialization.expectedFailure', ['PermissionError', 7])
  expect(heard.mock.calls).toEqual([[{ type: 'appLoaded' }]])
  expect(emulator.notifications).toEqual([
    { type: 'appLoaded' },
    { type: 'expectedFailure', reason: 'PermissionError' },
  ])
})

test('does nothing before it is created', async () => {
  const listen = vi.spyOn(window, 'addEventListener')
  await import('../../../src/testing/index.js')
  expect(listen).not.toHaveBeenCalled()
  expect(createTeamsEmulator).toBeTypeOf('function')
})
