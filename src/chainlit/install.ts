// Sets up the drop-in on an unmodified Chainlit: reads page and settings, then patches what Chainlit calls.

import { type ChainlitPage, readPage } from './chainlit-page.js'
import { goToThread } from './deep-link.js'
import { createHandshakes } from './handshake.js'
import { replaceBlockedStorage } from './patches/blocked-storage.js'
import { patchFetch } from './patches/fetch.js'
import { keepHostMessages } from './patches/host-messages.js'
import { configWithOAuth, configWithToken } from './patches/login-config.js'
import { createPatches, type Patches } from './patches/patches.js'
import { patchWebSocket } from './patches/websocket.js'
import { patchXhr } from './patches/xhr.js'
import { actAsPopup, isPopup } from './popup.js'
import { keepReturnPath } from './return-path.js'
import { createSessionGate, type SessionGate } from './session/session-gate.js'
import { type ChainlitSettings, readSettings } from './settings.js'
import { answerNoToken } from './token-questions.js'
import { detectHost, type Explanation, type Host, isAuthError, signedOutKey } from './twodoor.js'
import { createPanel, type Panel } from './ui/panel.js'
import { chainlitTheme, followTheme, panelThemeOf, SYSTEM_THEME } from './ui/theme.js'
import { createWording, type Wording } from './ui/wording.js'

/** The object at `twodoor.chainlit`. */
export interface ChainlitDropIn {
  /** What is changed on the page, now. */
  readonly patched: readonly string[]
  /** Undoes all of it: Chainlit goes on as it would without. */
  restore(): void
  /**
   * The host and why, the state of the sign-in, and the error that the user is shown. `undefined` until a sign-in has been
   * needed. Never holds a token.
   */
  explain(): Explanation | undefined
}

type ChainlitWindow = Window & typeof globalThis
type Script = Pick<HTMLScriptElement, 'dataset' | 'async'>

/**
 * Lets users of an unmodified Chainlit sign in from a browser and from Teams. Patches the page at once: Chainlit's own script
 * runs next.
 *
 * Where something is wrong it says so once in the console, and Chainlit behaves as if the drop-in were not there.
 */
export function install(script: Script, window: ChainlitWindow): ChainlitDropIn {
  const patches = createPatches()
  let gate: SessionGate | undefined

  function giveUp(reason: string): void {
    if (!patches.active) return
    window.console.error(`twodoor: ${reason} Chainlit goes on without twodoor.`)
    restore()
  }

  function restore(): void {
    patches.restore()
    gate?.dispose()
  }

  try {
    const page = readPage(window)
    if (!page) giveUp(NOT_CHAINLIT)
    else if (script.async || hasChainlitStarted(page, window)) giveUp(TOO_LATE)
    else {
      const settings = readSettings(script.dataset, page, window.location.href)
      if (isPopup(window, settings.auth.clientId.toLowerCase())) void actAsPopup(window, page, settings.auth)
      else gate = patchPage({ window, page, settings, patches, giveUp, now: () => Date.now() })
    }
  } catch (error) {
    giveUp(
      isAuthError(error) ? `${error.message} Correct custom_js_attributes in .chainlit/config.toml.` : String(error),
    )
  }

  return {
    get patched() {
      return patches.list
    },
    restore,
    explain: () => gate?.explain(),
  }
}

const NOT_CHAINLIT = 'this page is not one of Chainlit 2: load the script as custom_js of Chainlit 2.9 to 2.12.'
const TOO_LATE =
  'Chainlit may have started before this script. Let custom_js_attributes in .chainlit/config.toml begin with "defer", without "async".'

/** Chainlit's first request is for `/auth/config`. */
function hasChainlitStarted({ urlOf }: ChainlitPage, { performance }: ChainlitWindow): boolean {
  return performance.getEntriesByType('resource').some(({ name }) => name === urlOf('/auth/config'))
}

interface PatchContext {
  readonly window: ChainlitWindow
  readonly page: ChainlitPage
  readonly settings: ChainlitSettings
  readonly patches: Patches
  giveUp(reason: string): void
  now(): number
}

/** Returns the session gate, or `undefined` where Chainlit's own OAuth signs in. */
function patchPage(context: PatchContext): SessionGate | undefined {
  const { window, page, settings, patches, now } = context
  const native = window.fetch.bind(window)
  const clientId = settings.auth.clientId.toLowerCase()
  replaceBlockedStorage(window, patches, signedOutKey(clientId))
  const host = detectHost(settings.auth.host, window)
  const isOAuth = settings.browser === 'chainlit-oauth' && host.kind === 'browser'
  const loginPaths = isOAuth ? ['/login/callback'] : ['/login', '/login/callback']
  patches.alsoUndo(keepReturnPath({ window, page, clientId, loginPaths, now }))
  if (!isOAuth) return patchForToken(context, host, native)
  const changeLoginConfig = async (config: unknown) => configWithOAuth(config)
  patchFetch({ ...context, fetch: native, gate: undefined, changeLoginConfig }, patches)
  patches.alsoUndo(answerNoToken(window))
  return undefined
}

function patchForToken(context: PatchContext, host: Host, native: typeof fetch): SessionGate {
  const { window, page, settings, patches, now } = context
  const aroundHost = host.kind === 'browser' ? <T>(call: () => T) => call() : keepHostMessages(window, patches)
  const wording = createWording(window, settings)
  const panel = createPanel(window, wording)
  panel.setTheme(panelThemeOf(window, undefined))
  const gate = createSessionGate({
    ...context,
    host,
    options: settings.auth,
    fetch: native,
    panel,
    aroundHost,
    onHost: followHost(context, panel, wording),
  })
  const changeLoginConfig = async (config: unknown) => {
    const isUsable = typeof configWithToken(config, undefined) === 'object'
    if (isUsable && host.kind === 'teams') await gate.whenOpen()
    return configWithToken(config, chainlitTheme(gate.auth?.state.host.theme) && SYSTEM_THEME)
  }
  const handshakes = createHandshakes(page, gate, now)
  patchFetch({ ...context, fetch: native, gate, changeLoginConfig }, patches)
  patchXhr({ window, page, gate, handshakes }, patches)
  patchWebSocket(window, handshakes, patches)
  // In Teams the cookie may be of another account than the one that is signed in there. A browser has only the cookie, and
  // needs a sign-in when that has ended, when it comes back from Entra ID, or after a sign-out.
  const isBackFromEntra = /[#&]state=/.test(window.location.hash)
  if (host.kind !== 'browser' || isBackFromEntra || gate.isSignedOut()) gate.startSignIn()
  return gate
}

/** Follows what the host says: each of its themes, its language, and once the thread of the deep link. */
function followHost({ window, page, patches }: PatchContext, panel: Panel, wording: Wording): (host: Host) => void {
  const showTheme = followTheme(window, patches)
  let lastSubPageId: string | undefined
  return ({ theme, locale, subPageId }) => {
    showTheme(theme)
    wording.follow(locale)
    panel.setTheme(panelThemeOf(window, theme))
    if (subPageId !== lastSubPageId) goToThread(window, page, subPageId)
    lastSubPageId = subPageId
  }
}
