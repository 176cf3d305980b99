import type { Grants } from './grants.js'
import type { Keys } from './keys.js'
import type { Policies } from './policies.js'
import type { BrowserSessions } from './sessions.js'
import type { EntraSettings } from './settings.js'

/** What the endpoints share. */
export interface Parts {
  readonly settings: EntraSettings
  readonly keys: Keys
  readonly policies: Policies
  readonly sessions: BrowserSessions
  readonly grants: Grants
}
