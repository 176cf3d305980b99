import { type Consent, createConsent } from './consent.js'
import type { MintToken } from './mint.js'
import { createNested, readBridgeRequest } from './nested.js'
import { createNotifications, type HostNotification } from './notifications.js'
import { contextOf, initializeReply } from './runtime.js'
import {
  changedSettings,
  initialSettings,
  type TeamsFunction,
  type TeamsSettings,
  type TeamsSettingsChanges,
  type TeamsTheme,
  type TeamsUser,
} from './settings.js'
import { createSso } from './sso.js'
import { summaryOfAnswer, summaryOfRequest } from './summary.js'
import { createTranscript, type Transcript, type TranscriptEntry } from './transcript.js'
import { type Answer, type Peer, replyTo, type TeamsRequest } from './wire.js'

/** What every host needs, whichever way messages come and go. */
export interface TeamsHostOptions extends Omit<TeamsSettingsChanges, 'user'> {
  /** Who is signed in to the host. */
  user: TeamsUser
  /** The client ID of the app: `webApplicationInfo.id` of its manifest. */
  clientId: string
  /** Where the host gets its tokens from. */
  mint: MintToken
  /** Milliseconds since the epoch. Default: `Date.now`. */
  now?: (() => number) | undefined
}

/** A Teams host that runs in a page. All methods are bound. */
export interface TeamsEmulator {
  /** How the host behaves now. */
  readonly settings: TeamsSettings
  /** Changes how the host behaves, from now on. `undefined` leads back to the default. */
  set(changes: TeamsSettingsChanges): void
  /** Signs another user in to the host. Tokens of the last one stay in the cache for them. */
  setUser(user: TeamsUser): void
  /** Changes the theme. An app that has registered for it hears of it. */
  setTheme(theme: TeamsTheme): void
  /** Takes back the consent: silent calls fail until the user has accepted in an interactive one. */
  requireConsent(): void
  /** Forgets the tokens of Teams SSO that the host keeps. */
  clearTokenCache(): void
  /** What the app has told of its start, oldest first. */
  readonly notifications: readonly HostNotification[]
  /** Hears every notification. Returns the undo. */
  onNotify(listener: (notification: HostNotification) => void): () => void
  /** The last 1,000 messages, without their content, oldest first. */
  readonly transcript: readonly TranscriptEntry[]
  /** Hears every entry of the transcript. Returns the undo. */
  subscribe(listener: (entry: TranscriptEntry) => void): () => void
  /** Closes the sign-in window as a user would: the app hears `CancelledByUser`. */
  closePopup(): void
  /** Ends listeners and timers and closes the sign-in window. Nothing is answered any more. */
  dispose(): void
}

/** The way messages take to the app. */
export interface Transport {
  authenticate(args: readonly unknown[]): Promise<Answer>
  /** The sign-in window tells its result. */
  authenticated(answer: Answer): void
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
  /** Answers a request whose sender has been checked. `post` brings the reply to that sender and to nobody else. */
  receive(request: TeamsRequest, peer: Peer, post: (reply: object) => void): void
}

type Handler = (request: TeamsRequest, peer: Peer) => Answer | Promise<Answer>

export function createConversation(options: TeamsHostOptions, transport: Transport): Conversation {
  const { user, clientId, mint, now = () => Date.now() } = options
  const initial = initialSettings(user, {})
  let current = initialSettings(user, options)
  const settings = () => current
  const consent: Consent = createConsent(settings)
  const sso = createSso({ clientId, mint, consent, settings, now })
  const nested = createNested({ mint, consent, settings, now })
  const notifications = createNotifications()
  const transcript = createTranscript(now)
  const registered = new Set<unknown>()
  const timers = new Set<ReturnType<typeof setTimeout>>()
  let disposed = false

  const handlers: Partial<Record<string, Handler>> = {
    initialize({ args }, peer) {
      if (peer === 'app') registered.clear() // the app was loaded anew
      return initializeReply(current, args[1], peer)
    },
    getContext: (_, peer) => [contextOf(current, peer)],
    registerHandler: ({ args }) => void registered.add(args[0]),
    'authentication.getAuthToken': ({ args }) => sso.getAuthToken(args),
    'authentication.authenticate': ({ args }, peer) => (peer === 'app' ? transport.authenticate(args) : undefined),
    'authentication.authenticate.success': ({ args }, peer) => authenticated(peer, [true, args[0]]),
    'authentication.authenticate.failure': ({ args }, peer) => authenticated(peer, [false, args[0]]),
    'appInitialization.appLoaded': ({ args }) => notifications.notify('appLoaded', args),
    'appInitialization.success'({ args }) {
      notifications.notify('success', args)
      return current.notifySuccessResponse ? [undefined] : undefined
    },
    'appInitialization.failure': ({ args }) => notifications.notify('failure', args),
    'appInitialization.expectedFailure': ({ args }) => notifications.notify('expectedFailure', args),
    async 'nestedAppAuth.execute'({ data }) {
      const request = readBridgeRequest(data)
      return request && [null, await nested.answer(request)] // teams-js reads the second argument
    },
  } satisfies Partial<Record<TeamsFunction, Handler>>

  /** Only the sign-in window can tell that it is done. */
  function authenticated(peer: Peer, answer: Answer): undefined {
    if (peer === 'popup') transport.authenticated(answer)
  }

  function isMuted({ func, data }: TeamsRequest): boolean {
    const muted = new Set<string>(current.mute)
    return current.silent || muted.has(func) || muted.has(readBridgeRequest(data)?.method ?? '')
  }

  async function receive(request: TeamsRequest, peer: Peer, post: (reply: object) => void): Promise<void> {
    const { func } = request
    transcript.record('received', peer, func, summaryOfRequest(request))
    const handler = Object.hasOwn(handlers, func) ? handlers[func] : undefined
    if (!handler) return void transcript.record('ignored', peer, func, 'not known to this host')
    if (isMuted(request)) return void transcript.record('ignored', peer, func, 'the host is silent')
    const answer = await handler(request, peer)
    if (!answer) return
    later(() => {
      transcript.record('answered', peer, func, summaryOfAnswer(request, answer))
      post(replyTo(request, answer, current.echoUuid))
    })
  }

  /** Runs `action` after the latency, unless the host has ended. */
  function later(action: () => void): void {
    if (disposed) return
    if (current.latencyMs <= 0) return void action()
    const timer = setTimeout(() => {
      timers.delete(timer)
      action()
    }, current.latencyMs)
    timers.add(timer)
  }

  function set(changes: TeamsSettingsChanges): void {
    const previous = current
    current = changedSettings(current, changes, initial)
    const isNews = current.theme !== previous.theme && registered.has('themeChange') && !current.silent
    if (!isNews) return
    const { theme } = current
    later(() => {
      transcript.record('sent', 'app', 'themeChange', theme)
      transport.send({ func: 'themeChange', args: [theme] })
    })
  }

  const emulator: TeamsEmulator = {
    get settings() {
      return current
    },
    set,
    setUser: (user) => set({ user }),
    setTheme: (theme) => set({ theme }),
    requireConsent: consent.require,
    clearTokenCache: sso.clearCache,
    notifications: notifications.list,
    onNotify: notifications.subscribe,
    transcript: transcript.entries,
    subscribe: transcript.subscribe,
    closePopup: () => transport.closePopup(),
    dispose() {
      disposed = true
      for (const timer of timers) clearTimeout(timer)
      transport.close()
      notifications.close()
      transcript.close()
    },
  }

  return { emulator, transcript, receive: (...message) => void receive(...message) }
}
