// What the ways to renew a live connection share.

import type { ConnectGuard } from './connect-guard.js'
import type { Member } from './shared-connection.js'
import type { SocketLike } from './socket-like.js'
import type { SocketToken } from './socket-token.js'

export interface LifetimeContext {
  readonly socket: SocketLike
  readonly guard: ConnectGuard
  now(): number
  /** The socket, as one of those that share its connection. */
  readonly member: Member
  /** The server has this token now. */
  onRenewed(token: SocketToken): void
  /** The next token is of another account. */
  onOtherAccount(): void
}

/** The server's `auth:session`, and when it came. */
export interface SessionMessage {
  readonly message: unknown
  readonly at: number
}
