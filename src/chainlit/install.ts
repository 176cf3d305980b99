// The drop-in for an unmodified Chainlit: page → host → sign-in → session → Chainlit's own calls.

import { type ChainlitPage, readPage } from './chainlit-page.js'
import { createHandshakes } from './handshake.js'
import { replaceBlockedStorage } from './patches/blocked-storage.js'
import { patchFetch } from './patches/fetch.js'
import { keepHostMessages } from './patches/host-messages.js'
import { configWithOAuth, configWithToken } from './patches/login-config.js'
import { createPatches, type Patches } from './patches/patches.js'
import { patchWebSocket } from './patches/websocket.js'
import { patchXhr } from './patches/xhr.js'
import { goToThread, keepPlace } from './return-path.js'
import { createEntrance, type Entrance } from './session/session-gate.js'
import { type ChainlitSettings, readSettings } from './settings.js'
import { detectHost, type Explanation, type Host, isAuthError } from './twodoor.js'
import { createPanel, type Panel } from './ui/panel.js'
import { AS_AROUND, chainlitTheme, followTheme, themeOfPanel } from './ui/theme.js'

/** What stands at `twodoor.chainlit`. */
export interface ChainlitDropIn {
  /** What is changed on the page, now. */
  readonly patched: readonly string[]
  /** Undoes all of it: Chainlit goes on as it would without. */
  restore(): void
  /**
   * Why things are as they are, and what the page over the page is about. `undefined` before anybody has asked to sign in.
   * Never holds a token.
   */
  explain(): Explanation | undefined
}

type ChainlitWindow = Window & typeof globalThis
type Script = Pick<HTMLScriptElement, 'dataset' | 'async'>

/**
 * Makes an unmodified Chainlit enterable through both doors. Changes the page at once: Chainlit's own script follows.
 *
 * Where something is wrong it says so once in the console, and Chainlit behaves as if it were not there.
 */
export function install(script: Script, window: ChainlitWindow): ChainlitDropIn {
  const patches = createPatches()
  const say = (reason: string) => window.console.error(`twodoor: ${reason} Chainlit goes on without twodoor.`)
  let entrance: Entrance | undefined

  function givenUp(reason: string): void {
    if (!patches.active) return
    say(reason)
    restore()
  }

  function restore(): void {
    patches.restore()
    entrance?.close()
  }

  try {
    const page = readPage(window)
    if (!page) givenUp('this page is not one of Chainlit 2: load the script as custom_js of Chainlit 2.9 to 2.12.')
    else if (script.async || hasBegun(page, window)) givenUp(TOO_LATE)
    else entrance = enter(page, readSettings(script.dataset, page, window.location.href), window, patches, givenUp)
  } catch (error) {
    givenUp(
      isAuthError(error) ? `${error.message} Correct custom_js_attributes in .chainlit/config.toml.` : String(error),
    )
  }

  return {
    get patched() {
      return patches.list
    },
    restore,
    explain: () => entrance?.explain(),
  }
}

const TOO_LATE =
  'the script comes too late, or could: Chainlit may have begun. Let custom_js_attributes in .chainlit/config.toml begin with "defer", without "async".'

/** Chainlit asks for this before anything else. */
function hasBegun({ urlOf }: ChainlitPage, { performance }: ChainlitWindow): boolean {
  return performance.getEntriesByType('resource').some(({ name }) => name === urlOf('/auth/config'))
}

function enter(
  page: ChainlitPage,
  settings: ChainlitSettings,
  window: ChainlitWindow,
  patches: Patches,
  givenUp: (reason: string) => void,
): Entrance | undefined {
  const now = () => Date.now()
  const native = window.fetch.bind(window)
  const clientId = settings.auth.clientId.toLowerCase()
  replaceBlockedStorage(window, patches, `twodoor.${clientId}.signed-out`)
  const host = detectHost(settings.auth.host, window)
  const isOAuth = settings.browser === 'chainlit-oauth' && host.kind === 'browser'
  patches.alsoUndo(
    keepPlace({ window, page, clientId, now }, isOAuth ? ['/login/callback'] : ['/login', '/login/callback']),
  )
  if (isOAuth) {
    const configure = async (config: unknown) => configWithOAuth(config)
    patchFetch({ window, page, fetch: native, entrance: undefined, configure, givenUp, now }, patches)
    return undefined
  }

  const aroundHost = host.kind === 'browser' ? <T>(call: () => T) => call() : keepHostMessages(window, patches)
  const panel = createPanel(window)
  panel.setTheme(themeOfPanel(window, undefined))
  const entrance = createEntrance({
    ...{ window, page, host, fetch: native, aroundHost, panel, now, givenUp },
    options: settings.auth,
    complain: (what) => window.console.error(what),
    described: follow(window, page, panel, patches),
  })
  const configure = async (config: unknown) => {
    const isUsable = typeof configWithToken(config, undefined) === 'object'
    if (isUsable && host.kind === 'teams') await entrance.admitted()
    return configWithToken(config, chainlitTheme(entrance.auth?.state.host.theme) && AS_AROUND)
  }
  const handshakes = createHandshakes(page, entrance, now)
  patchFetch({ window, page, fetch: native, entrance, configure, givenUp, now }, patches)
  patchXhr({ window, page, entrance, handshakes }, patches)
  patchWebSocket(window, handshakes, patches)
  // In Teams another account may be signed in than the cookie stands for. A browser has only the cookie, and is asked to
  // sign in when that has ended, or when it has just come back from doing so. After a sign-out the cookie counts no more.
  const isBack = /[#&]state=/.test(window.location.hash)
  if (host.kind !== 'browser' || isBack || entrance.isSignedOut()) entrance.open()
  return entrance
}

/** Follows what the host says: each of its themes, and once the thread of the deep link. */
function follow(window: ChainlitWindow, page: ChainlitPage, panel: Panel, patches: Patches): (host: Host) => void {
  const showTheme = followTheme(window, patches)
  let gone: string | undefined
  return ({ theme, subPageId }) => {
    showTheme(theme)
    panel.setTheme(themeOfPanel(window, theme))
    if (subPageId !== gone) goToThread({ window, page }, subPageId)
    gone = subPageId
  }
}
