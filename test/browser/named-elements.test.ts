// Markup with the names of what a host or a library puts on the page ("DOM clobbering"), in a browser itself.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { install } from '../../src/chainlit/install.js'
import { keepHostMessages } from '../../src/chainlit/patches/host-messages.js'
import { createPatches } from '../../src/chainlit/patches/patches.js'
import { globalOf } from '../../src/page/globals.js'
import { detectHost } from '../../src/page/host.js'
import { loadTeams } from '../../src/sources/load.js'
import { connectToHost } from '../../src/sources/teams/connected-host.js'

vi.mock('../../src/chainlit/install.js', () => ({ install: vi.fn(() => ({ restore() {} })) }))

/** A window that is framed by nobody: the one that runs the tests. */
const top = window.top as Window
const added: Element[] = []

function add(html: string, { document }: Window = window): void {
  const holder = document.createElement('div')
  holder.innerHTML = html
  added.push(document.body.appendChild(holder))
}

afterEach(() => {
  for (const element of added.splice(0)) element.remove()
})

const named = (name: string): [string, string][] => [
  ['a link', `<a id="${name}" href="https://evil.example/"></a>`],
  ['two links', `<a id="${name}"></a><a id="${name}" name="app"></a>`],
  ['a form', `<form name="${name}"><input name="app"><input name="authentication"></form>`],
  ['an image', `<img name="${name}">`],
  ['a frame', `<iframe name="${name}"></iframe>`],
]

describe('an element with the name of a global', () => {
  it.each(named('nativeInterface'))('makes no host: %s', (_what, html) => {
    add(html, top)
    expect('nativeInterface' in top).toBe(true)
    expect(detectHost({}, top).kind).toBe('browser')
  })

  it('does not stand in front of what a host has put there', () => {
    add('<a id="nativeInterface"></a>', top)
    Object.assign(top, { nativeInterface: { framelessPostMessage() {} } })
    expect(detectHost({}, top).kind).toBe('teams')
    Reflect.deleteProperty(top, 'nativeInterface')
    expect(detectHost({}, top).kind).toBe('browser')
  })

  it.each(named('microsoftTeams'))('is no teams-js: %s', async (_what, html) => {
    add(html)
    expect('microsoftTeams' in window).toBe(true)
    expect(await loadTeams(window)).toMatchObject({ app: { initialize: expect.any(Function) } })
  })

  it.each(named('nestedAppAuthBridge'))('is no bridge: %s', async (_what, html) => {
    add(html)
    expect('nestedAppAuthBridge' in window).toBe(true)
    const app = { initialize: async () => {}, getContext: async () => ({}) }
    const library = { app, nestedAppAuth: { isNAAChannelRecommended: () => true } } as never
    const about = { library, window, origins: [], notifyLoaded: false, onHostKnown() {} }
    const connection = await connectToHost(about, 1_000, () => {})
    expect(connection?.canNest()).toBe(false)
    connection?.dispose()
    const patches = createPatches()
    await keepHostMessages(window, patches)(async () => {})
    await Promise.resolve()
    expect(patches.list.some((label) => label.includes('nestedAppAuthBridge'))).toBe(false)
    patches.restore()
  })

  it('is not what a script has defined, in whichever way', () => {
    add('<a id="later"></a>')
    expect(globalOf(window, 'later')).toBeUndefined()
    Object.defineProperty(window, 'later', { get: () => 'mine', configurable: true })
    expect(globalOf(window, 'later')).toBe('mine')
    Reflect.deleteProperty(window, 'later')
  })

  it('is neither the script of the drop-in, nor a first copy of it', async () => {
    add('<img name="currentScript"><img name="querySelector"><script data-client-id="mine" type="text/plain"></script>')
    add('<form id="twodoor"><input name="chainlit"></form>')
    expect(document.currentScript?.tagName).toBe('IMG')
    await import('../../src/chainlit/script.js')
    const [script] = vi.mocked(install).mock.calls[0] ?? []
    expect(script?.dataset).toMatchObject({ clientId: 'mine' })
  })
})
