import type { TeamsUser } from 'twodoor/testing'

/** Who is signed in to Teams, and whether the app has their consent. */
export interface Situation {
  readonly type: 'situation'
  readonly user: TeamsUser
  readonly consentRequired: boolean
}

/** What the server tells the page that plays Teams. */
export type TeamsEvent = Situation | { readonly type: 'forget-tokens' }
