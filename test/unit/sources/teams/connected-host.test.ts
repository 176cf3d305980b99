import { describe, expect, it, vi } from 'vitest'
import { connectToHost, type TeamsLibrary } from '../../../../src/sources/teams/connected-host.js'

const change = (theme: string) => ({ func: 'themeChange', args: [theme] })

/** The page in a frame, to which windows send messages. */
function framedPage() {
  const events = new EventTarget()
  const parent = {}
  const addEventListener = events.addEventListener.bind(events)
  const removeEventListener = events.removeEventListener.bind(events)
  const window = { self: {}, parent, addEventListener, removeEventListener } as unknown as Window
  const send = (data: unknown, source: unknown = parent) =>
    events.dispatchEvent(Object.assign(new Event('message'), { data, source }))
  return { window, parent, send }
}

/** The page on a phone, where the shell calls what teams-js has put there. */
function phonePage() {
  const toTeamsJs = vi.fn((_: object) => {})
  const page = { onNativeMessage: toTeamsJs as (event: object) => unknown }
  const window = Object.assign(page, { self: page, parent: page, removeEventListener() {} }) as unknown as Window
  return { page, window, toTeamsJs, send: (data: unknown) => page.onNativeMessage({ data }) }
}

/** Connects to a host that says nothing of itself, so that whatever is heard is an event. */
async function connect(window: Window, heard: (theme: unknown) => void) {
  const app = { initialize: async () => {}, getContext: () => new Promise<never>(() => {}) }
  const library = { app, sendCustomMessage() {} } as unknown as TeamsLibrary
  const onHostKnown = ({ theme }: { readonly theme?: unknown }) => heard(theme)
  const connected = await connectToHost(
    { library, window, origins: [], notifyLoaded: false, onHostKnown },
    1_000,
    () => {},
  )
  if (!connected) throw new Error('The host did not answer.')
  return connected
}

describe.each([
  ['in a frame', framedPage],
  ['on a phone', phonePage],
])('the themes of the host %s', (_where, openPage) => {
  it('are heard until dispose()', async () => {
    const { window, send } = openPage()
    const heard = vi.fn()
    const { dispose } = await connect(window, heard)
    send(change('dark'))
    send(change('contrast'))
    dispose()
    send(change('default'))
    expect(heard.mock.calls).toEqual([['dark'], ['contrast']])
  })

  it.each([
    null,
    'themeChange',
    {},
    { func: 'themeChange' },
    { func: 'themeChange', args: null },
    { func: 'themeChange', args: [{ theme: 'dark' }] },
    { func: 'load', args: ['dark'] },
    { id: 1, args: ['dark'] },
  ])('are no other message: %j', async (data) => {
    const { window, send } = openPage()
    const heard = vi.fn()
    await connect(window, heard)
    send(data)
    expect(heard).not.toHaveBeenCalled()
  })
})

it('a theme comes from the parent of the frame alone', async () => {
  const { window, send } = framedPage()
  const heard = vi.fn()
  await connect(window, heard)
  for (const source of [{}, null, window]) send(change('dark'), source)
  expect(heard).not.toHaveBeenCalled()
})

describe('on a phone', () => {
  it('teams-js goes on to get every message, and first', async () => {
    const { window, toTeamsJs, send } = phonePage()
    const heard = vi.fn()
    await connect(window, heard)
    send(change('dark'))
    send({ id: 1, args: ['a token'] })
    expect(toTeamsJs.mock.calls).toEqual([[{ data: change('dark') }], [{ data: { id: 1, args: ['a token'] } }]])
    expect(toTeamsJs.mock.invocationCallOrder[0]).toBeLessThan(Number(heard.mock.invocationCallOrder[0]))
  })

  it('several can hear it, and stop in any order', async () => {
    const { window, toTeamsJs, send } = phonePage()
    const [first, second] = [vi.fn(), vi.fn()]
    const ofFirst = await connect(window, first)
    const ofSecond = await connect(window, second)
    send(change('dark'))
    ofFirst.dispose()
    send(change('contrast'))
    ofSecond.dispose()
    send(change('default'))
    expect([first.mock.calls, second.mock.calls]).toEqual([[['dark']], [['dark'], ['contrast']]])
    expect(toTeamsJs).toHaveBeenCalledTimes(3)
  })

  it('what teams-js listens with is there again after dispose()', async () => {
    const { page, window, toTeamsJs } = phonePage()
    const { dispose } = await connect(window, () => {})
    expect(page.onNativeMessage).not.toBe(toTeamsJs)
    dispose()
    expect(page.onNativeMessage).toBe(toTeamsJs)
  })
})
