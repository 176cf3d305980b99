import type { MintToken } from './mint.js'
import type { HostNotification } from './notifications.js'
import type { TeamsSettings, TeamsSettingsChanges, TeamsTheme, TeamsUser } from './settings.js'
import type { TranscriptEntry } from './transcript.js'

/** What every host needs, whichever way messages come and go. */
export interface TeamsHostOptions extends Omit<TeamsSettingsChanges, 'user'> {
  /** Who is signed in to the host. */
  user: TeamsUser
  /** The client ID of the app: `webApplicationInfo.id` of its manifest. */
  clientId: string
  /** Where the host gets its tokens from. */
  mint: MintToken
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default Date.now
   */
  now?: (() => number) | undefined
}

/** Events of a host, with what they carry. teams-js takes others too. */
export type TeamsEvent =
  | 'fullScreenChange' // whether it is full screen
  | 'focusEnter' // whether it came forward
  | 'changeSettings'
  | 'settings.save'
  | 'settings.remove'
  | 'appButtonClick'
  | 'appButtonHoverEnter'
  | 'appButtonHoverLeave'
  | 'load' // { entityId, contentUrl }
  | 'beforeUnload'
  | (string & {})

/** A Teams host that runs in a page. All methods are bound. */
export interface TeamsEmulator {
  /** How the host behaves now. */
  readonly settings: TeamsSettings
  /** Changes how the host behaves, from now on. `undefined` leads back to the default. */
  set(changes: TeamsSettingsChanges): void
  /** Signs another user in to the host. Tokens of the last one stay in the cache for them. */
  setUser(user: TeamsUser): void
  /** Changes the theme. Sends it to an app that has registered for it. */
  setTheme(theme: TeamsTheme): void
  /**
   * Raises an event of the host, for the handlers that the app has registered with `pages`, `pages.config`,
   * `pages.appButton` or `teamsCore`. `raise('settings.save')` is the button Save of a tab's configuration.
   */
  raise(event: TeamsEvent, ...details: unknown[]): void
  /** Takes back the consent: silent calls fail until the user has accepted in an interactive one. */
  requireConsent(): void
  /** Forgets the tokens of Teams SSO that the host keeps. */
  clearTokenCache(): void
  /** What the app has notified the host of at its start, oldest first. */
  readonly notifications: readonly HostNotification[]
  /** Calls `listener` with every notification. Returns the undo. */
  onNotify(listener: (notification: HostNotification) => void): () => void
  /** The last 1,000 messages, without their content, oldest first. */
  readonly transcript: readonly TranscriptEntry[]
  /** Calls `listener` with every entry of the transcript. Returns the undo. */
  subscribe(listener: (entry: TranscriptEntry) => void): () => void
  /** Closes the sign-in window as a user would: the app gets `CancelledByUser`. */
  closePopup(): void
  /** Ends listeners and timers and closes the sign-in window. Nothing is answered any more. */
  dispose(): void
}
