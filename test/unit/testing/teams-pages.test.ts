// What the emulated host answers beside sign-in: its one tab, links, and everything that it does not do.

import { describe, expect, test, vi } from 'vitest'
import { createMobileTeamsEmulator } from '../../../src/testing/teams/mobile.js'
import { adele, appOrigin, openHost, settle } from './teams-host.js'

const appId = 'fe4a8eba-2a31-4737-8e33-e5fae6fee194'

async function supportsOf(host: ReturnType<typeof openHost>): Promise<Record<string, object>> {
  const [, , , runtime] = (await host.ask('initialize', ['2.58.0', 4])) as [string, string, string, string]
  return JSON.parse(runtime).supports
}

describe('what it does not do', () => {
  const error = { errorCode: 100, message: expect.stringContaining('does not support') }

  test.each([
    ['teams.fullTrust.getConfigSetting', [error]],
    ['clipboard.readFromClipboard', [error]],
    ['a function of tomorrow', [error]],
    ['constructor', [error]],
    ['chat.openChat', [false, error.message]],
    ['navigateBack', [false, error.message]],
    ['externalAppAuthentication.authenticateWithSSO', [false, { ...error, errorCode: 'INTERNAL_ERROR' }]],
    ['externalAppAuthentication.disconnectConnector', [{ ...error, errorCode: 'INTERNAL_ERROR' }]],
    ['getMedia', [{ error }]],
    ['tasks.startTask', [error.message]],
  ])('refuses %s as teams-js reads it', async (func, refusal) => {
    const { ask, emulator } = openHost()
    expect(await ask(func)).toEqual(refusal)
    expect(emulator.transcript.at(-1)).toMatchObject({
      direction: 'answered',
      func,
      summary: 'not supported by this host',
    })
  })

  test('answers nothing of it either while it is silent', async () => {
    const { ask } = openHost({ silent: true })
    expect(await ask('chat.openChat')).toBeUndefined()
  })

  test('is not in the list of what it supports', async () => {
    expect(await supportsOf(openHost())).toEqual({
      pages: { config: {}, appButton: {}, tabs: {} },
      teamsCore: {},
      nestedAppAuth: {},
    })
    expect((await supportsOf(openHost({ clientType: 'ios' })))['pages']).toEqual({ config: {} })
  })
})

describe('the tab', () => {
  test('has a configuration, which the app can change', async () => {
    const { ask } = openHost()
    expect(await ask('settings.getSettings')).toEqual([
      expect.objectContaining({ entityId: 'home', contentUrl: `${appOrigin}/`, websiteUrl: `${appOrigin}/` }),
    ])
    expect(await ask('settings.setSettings', [{ contentUrl: `${appOrigin}/b`, entityId: 'b' }])).toEqual([true])
    expect(await ask('settings.getSettings')).toEqual([
      expect.objectContaining({ entityId: 'b', contentUrl: `${appOrigin}/b` }),
    ])
    expect(await ask('settings.setSettings', [{}])).toEqual([false, expect.stringContaining('contentUrl')])
  })

  test('knows the address of the frame, where it has the frame itself', async () => {
    const contentWindow = { postMessage: vi.fn() } as unknown as Window
    const frame = { contentWindow, src: `${appOrigin}/tab?a=b` } as HTMLIFrameElement
    const { deliver } = openHost({ frame })
    deliver({ id: 1, func: 'settings.getSettings', args: [] }, contentWindow as never)
    await settle()
    expect(contentWindow.postMessage).toHaveBeenCalledWith(
      { id: 1, args: [expect.objectContaining({ contentUrl: `${appOrigin}/tab?a=b` })] },
      appOrigin,
    )
    deliver({ id: 2, func: 'navigateCrossDomain', args: ['https://evil.example/'] }, contentWindow as never)
    await settle()
    expect(frame.src).toBe(`${appOrigin}/tab?a=b`)
    deliver({ id: 3, func: 'navigateCrossDomain', args: [`${appOrigin}/other`] }, contentWindow as never)
    await settle()
    expect(frame.src).toBe(`${appOrigin}/other`)
  })

  test('is the only one', async () => {
    const { ask } = openHost()
    for (const func of ['getTabInstances', 'getMruTabInstances']) {
      const [{ teamTabs }] = (await ask(func)) as [{ teamTabs: { internalTabInstanceId: string }[] }]
      expect(teamTabs).toHaveLength(1)
      expect(await ask('navigateToTab', [teamTabs[0]])).toEqual([true])
    }
    expect(await ask('navigateToTab', [{ internalTabInstanceId: 'another' }])).toEqual([false])
  })

  test('shows another page of its app, and tells an app that has registered for it', async () => {
    const { ask, app } = openHost({ context: { appId } })
    await ask('registerHandler', ['contextChange'])
    expect(await ask('pages.navigateToApp', [{ appId, pageId: 'orders', subPageId: '7' }])).toEqual([true])
    expect((await ask('getContext'))?.[0]).toMatchObject({ entityId: 'orders', subEntityId: '7', appId })
    const told = app.inbox.find(({ message }) => message.func === 'contextChange')?.message
    expect(told?.args[0]).toMatchObject({ entityId: 'orders', subEntityId: '7' })
    expect(await ask('pages.navigateToApp', [{ appId: 'another', pageId: 'orders' }])).toEqual([
      false,
      expect.stringContaining('no other app'),
    ])
    expect(await ask('pages.navigateToApp', [])).toEqual([false])
  })

  test('takes any app ID for its own while none is set', async () => {
    const { ask } = openHost()
    expect(await ask('pages.navigateToApp', [{ appId, pageId: 'orders' }])).toEqual([true])
  })

  test.each(['shareDeepLink', 'returnFocus', 'setFrameContext', 'settings.setValidityState', 'settings.save.success'])(
    'hears %s and has no answer to it',
    async (func) => {
      const { ask, emulator } = openHost()
      expect(await ask(func, [{ contentUrl: `${appOrigin}/a?state=s3cret` }])).toBeUndefined()
      expect(emulator.transcript).toEqual([expect.objectContaining({ direction: 'received', func })])
      expect(JSON.stringify(emulator.transcript)).not.toContain('s3cret')
    },
  )
})

describe('links', () => {
  test('open beside the host, without a way back to it', async () => {
    const { ask, open, popup, emulator } = openHost()
    expect(await ask('executeDeepLink', ['https://contoso.example/a?code=s3cret'])).toEqual([true])
    expect(open).toHaveBeenCalledWith('https://contoso.example/a?code=s3cret', '_blank')
    expect(popup).toMatchObject({ opener: null })
    expect(emulator.transcript[0]).toMatchObject({ func: 'executeDeepLink', summary: 'https://contoso.example/a' })
  })

  test('tell of a popup blocker', async () => {
    const { ask, open, emulator } = openHost()
    open.mockReturnValue(null)
    expect(await ask('executeDeepLink', ['https://contoso.example/'])).toEqual([
      false,
      expect.stringContaining('blocked'),
    ])
    expect(emulator.transcript.at(-1)?.summary).toContain('blocked')
  })

  test.each(['https://teams.microsoft.com/l/chat/0/0?users=a', 'msteams:/l/entity/a/b', 'mailto:alex@contoso.example'])(
    'that a client acts on itself stay in the transcript: %s',
    async (link) => {
      const { ask, open } = openHost()
      expect(await ask('executeDeepLink', [link])).toEqual([true])
      expect(open).not.toHaveBeenCalled()
    },
  )

  test.each(['javascript:alert(1)', 'data:text/html,x', '/orders', '', 7])('are not %o', async (link) => {
    const { ask, open } = openHost()
    expect(await ask('executeDeepLink', [link])).toEqual([false, expect.any(String)])
    expect(open).not.toHaveBeenCalled()
  })
})

test('names its user', async () => {
  const { ask } = openHost()
  expect(await ask('authentication.getUser')).toEqual([
    true,
    { tid: adele.tenantId, oid: adele.objectId, upn: adele.username, unique_name: adele.username, name: adele.name },
  ])
})

test('raises its events in the app', async () => {
  const { ask, emulator, app } = openHost()
  await ask('initialize')
  emulator.raise('fullScreenChange', true)
  emulator.raise('settings.save')
  expect(app.inbox.slice(1).map(({ message }) => message)).toEqual([
    { func: 'fullScreenChange', args: [true] },
    { func: 'settings.save', args: [] },
  ])
  expect(emulator.transcript.at(-1)).toMatchObject({ direction: 'sent', peer: 'app', func: 'settings.save' })
  emulator.set({ silent: true })
  emulator.raise('settings.save')
  expect(app.inbox).toHaveLength(3)
})

test('a phone answers only once teams-js can listen: never within the call', async () => {
  const heard: unknown[] = []
  const phone = {
    onNativeMessage: ({ data }: { data: { args: unknown[] } }) => heard.push(data.args),
    location: { href: `${appOrigin}/tab` },
  } as unknown as Window & { nativeInterface: { framelessPostMessage(message: string): void } }
  const mint = async () => ({ token: 'a token', expiresInSeconds: 60 })
  const emulator = createMobileTeamsEmulator({ clientId: 'the client', user: adele, mint, window: phone })
  const asked = ['chat.openChat', 'settings.getSettings', 'executeDeepLink', 'navigateCrossDomain']
  for (const [id, func] of asked.entries())
    phone.nativeInterface.framelessPostMessage(JSON.stringify({ id, func, args: [`${appOrigin}/b`] }))
  expect(heard).toEqual([])
  await settle()
  expect(heard).toEqual([
    [false, expect.any(String)],
    [expect.objectContaining({ contentUrl: `${appOrigin}/tab` })],
    [true],
    [false],
  ])
  emulator.dispose()
})
