import type { Grants } from './grants.js'
import type { Keys } from './keys.js'
import type { Settings } from './options.js'
import type { Policies } from './policies.js'
import type { Sessions } from './sessions.js'

/** What the endpoints share. */
export interface Parts {
  readonly settings: Settings
  readonly keys: Keys
  readonly policies: Policies
  readonly sessions: Sessions
  readonly grants: Grants
}
