import { changedSettings, initialSettings } from './change-settings.js'
import { createConsent } from './consent.js'
import { createHandlers, type SignInWindow } from './handlers.js'
import type { TeamsEmulator, TeamsHostOptions } from './host.js'
import { createHostBridge, readBridgeRequest } from './nested.js'
import { createNotifications } from './notifications.js'
import { createOutbox } from './outbox.js'
import { unsupportedAnswer } from './refusals.js'
import { hostContextOf } from './runtime.js'
import type { TeamsSettings, TeamsSettingsChanges } from './settings.js'
import { createHostSso } from './sso.js'
import { summaryOfAnswer, summaryOfRequest } from './summary.js'
import type { Screen } from './tab.js'
import { createTranscript, type Transcript } from './transcript.js'
import { type Peer, replyTo, type TeamsRequest } from './wire.js'

/** The way messages take to the app. */
export interface Transport extends SignInWindow, Screen {
  /** Sends an event to the app. */
  send(message: object): void
  closePopup(): void
  /** Ends what the transport has started. */
  close(): void
}

/** Both sides of a host: what its page controls, and what a transport brings messages to. */
export interface Conversation {
  readonly emulator: TeamsEmulator
  readonly transcript: Transcript
  /** Answers a request whose sender has been checked. `post` sends the reply to that sender alone. */
  receive(request: TeamsRequest, peer: Peer, post: (reply: object) => void): void
}

export function createConversation(options: TeamsHostOptions, transport: Transport): Conversation {
  const { user, clientId, mint, now = () => Date.now() } = options
  const initial = initialSettings(user, {})
  let current = initialSettings(user, options)
  const settings = () => current
  const consent = createConsent(settings)
  const sso = createHostSso({ clientId, mint, consent, settings, now })
  const nested = createHostBridge({ mint, consent, settings, now })
  const notifications = createNotifications()
  const transcript = createTranscript(now)
  const registered = new Set<unknown>()
  const handlers = createHandlers({
    sso,
    nested,
    notifications,
    registered,
    signInWindow: transport,
    screen: transport,
    settings,
    set,
  })
  const outbox = createOutbox(() => current.latencyMs)

  async function receive(request: TeamsRequest, peer: Peer, post: (reply: object) => void): Promise<void> {
    const { func } = request
    transcript.record('received', peer, func, summaryOfRequest(request))
    const handler = Object.hasOwn(handlers, func) ? handlers[func] : undefined
    if (isMuted(current, request)) return void transcript.record('ignored', peer, func, 'the host is silent')
    // Never at once: on a phone the answer would be there before teams-js listens for it.
    const answer = await (handler ? handler(request, peer) : unsupportedAnswer(func))
    if (!answer) return
    const summary = handler ? summaryOfAnswer(request, answer) : 'not supported by this host'
    outbox.post(() => {
      transcript.record('answered', peer, func, summary)
      post(replyTo(request, answer, current.echoUuid))
    })
  }

  function set(changes: TeamsSettingsChanges): void {
    const { theme, context } = current
    current = changedSettings(current, changes, initial)
    if (current.theme !== theme && registered.has('themeChange')) raise('themeChange', current.theme)
    if (current.context !== context && registered.has('contextChange'))
      raise('contextChange', hostContextOf(current, 'app'))
  }

  function raise(event: string, ...args: unknown[]): void {
    if (current.silent) return
    outbox.post(() => {
      transcript.record('sent', 'app', event, event === 'themeChange' ? String(args[0]) : '')
      transport.send({ func: event, args })
    })
  }

  const emulator: TeamsEmulator = {
    get settings() {
      return current
    },
    set,
    setUser: (user) => set({ user }),
    setTheme: (theme) => set({ theme }),
    raise,
    requireConsent: consent.require,
    clearTokenCache: sso.clearCache,
    notifications: notifications.list,
    onNotify: notifications.subscribe,
    transcript: transcript.entries,
    subscribe: transcript.subscribe,
    closePopup: transport.closePopup,
    dispose() {
      outbox.close()
      transport.close()
      notifications.close()
      transcript.close()
    },
  }
  return { emulator, transcript, receive: (...message) => void receive(...message) }
}

function isMuted({ silent, mute }: TeamsSettings, { func, data }: TeamsRequest): boolean {
  const muted = new Set<string>(mute)
  return silent || muted.has(func) || muted.has(readBridgeRequest(data)?.method ?? '')
}
