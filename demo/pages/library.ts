import type { Auth, AuthOptions, keepSession, withSocketAuth } from 'twodoor'

/** The parts of the app that come from npm on one page and from script tags on the other. */
export interface Library {
  readonly createAuth: (options: AuthOptions) => Auth
  readonly withSocketAuth: typeof withSocketAuth
  readonly keepSession: typeof keepSession
  readonly io: typeof import('socket.io-client').io
}
