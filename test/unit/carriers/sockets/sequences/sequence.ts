// What can happen to a page with a socket, drawn at random. Steps are plain data, so that they shrink and can be read.

import fc from 'fast-check'
import { type SequenceOf, sequencesOf } from '../../../sequences/sequence.js'

export type User = 'alice' | 'bob'
/** Which of the sockets of the page. */
export type Which = 0 | 1
/** What the server does with the next tokens that it is shown. */
export type Verdict = 'token_invalid' | 'token_expired' | 'wrong_audience' | 'keys_unavailable' | 'slow' | 'hangs'
/** How the source of the page answers. */
export type Mood = 'well' | 'slow' | 'unchanged' | 'down'

export type Action =
  /** The app calls connect(); after a change of account it opens a new socket. */
  | { readonly do: 'connect'; readonly socket: Which }
  | { readonly do: 'disconnect'; readonly socket: Which }
  | { readonly do: 'emit'; readonly socket: Which; readonly count: number }
  /** The server sends something to everybody who is Alice, and something else to everybody who is Bob. */
  | { readonly do: 'news'; readonly socket: Which }
  /** The network breaks all connections. */
  | { readonly do: 'cut' }
  /** The server closes the transport. */
  | { readonly do: 'hang up' }
  /** The server says DISCONNECT. */
  | { readonly do: 'kick'; readonly socket: Which }
  | { readonly do: 'refuse'; readonly verdict: Verdict; readonly times: number }
  /** The server takes the tokens no more that there are so far. */
  | { readonly do: 'revoke' }
  /** The page gets a new token for a reason of its own. */
  | { readonly do: 'renew' }
  | { readonly do: 'pass'; readonly seconds: number }
  /** So much time passes that the token of the page is over, and the grace of the server too. */
  | { readonly do: 'expire' }
  | { readonly do: 'sign in'; readonly user: User }
  /** `elsewhere`: in another tab. */
  | { readonly do: 'sign out'; readonly elsewhere?: boolean | undefined }
  | { readonly do: 'source'; readonly mood: Mood }
  | { readonly do: 'offline' }
  | { readonly do: 'online' }
  /** The clock jumps, the timers do not, and then the page hears that it was asleep. */
  | { readonly do: 'sleep'; readonly seconds: number }

/**
 * `turns`: how much of it may happen before the next step. Without, the next step waits until all is quiet.
 * `amid`: it happens in the middle of an arrival: a packet has been decoded, and nobody has heard of it.
 */
export type Step = Action & { readonly turns?: number | undefined; readonly amid?: boolean | undefined }

export interface Setting {
  readonly transport: 'polling' | 'websocket' | 'upgrade'
  /** Whether the server is protected, and says hello. */
  readonly protected: boolean
  readonly recovery: boolean
  readonly retries: boolean
  readonly sockets: 1 | 2
  /** Whether the provider is an `Auth`, with a link. */
  readonly linked: boolean
  /** Whether the app calls connect() whenever it hears of an error. */
  readonly eager: boolean
  /** How long the server takes to look at a token, in milliseconds: much can happen to a CONNECT without an answer. */
  readonly check: number
  /** The payload of the app is a function, which answers later. */
  readonly asks: boolean
  readonly user: User | undefined
  /** Of each token, in seconds. */
  readonly lifetime: number
  /** What decides about chance. */
  readonly seed: number
}

export type Sequence = SequenceOf<Setting, Step>

const socket = fc.constantFrom<Which>(0, 1)

const often = fc.oneof(
  fc.record({ do: fc.constant('emit'), socket, count: fc.integer({ min: 1, max: 3 }) } as const),
  fc.record({ do: fc.constant('cut') } as const),
  fc.record({ do: fc.constant('pass'), seconds: fc.constantFrom(0.2, 1, 5, 35) } as const),
  fc.record({ do: fc.constant('connect'), socket } as const),
  fc.record({ do: fc.constant('renew') } as const),
)

const verdict = fc.constantFrom<Verdict>(
  ...(['token_invalid', 'token_expired', 'wrong_audience', 'keys_unavailable', 'slow', 'hangs'] as const),
)

const sometimes = fc.oneof(
  fc.record({ do: fc.constant('refuse'), verdict, times: fc.integer({ min: 1, max: 3 }) } as const),
  fc.record({ do: fc.constant('revoke') } as const),
  fc.record({ do: fc.constant('news'), socket } as const),
  fc.record({ do: fc.constant('disconnect'), socket } as const),
  fc.record({ do: fc.constant('hang up') } as const),
  fc.record({ do: fc.constant('kick'), socket } as const),
  fc.record({ do: fc.constant('expire') } as const),
  fc.record({ do: fc.constant('sign in'), user: fc.constantFrom<User>('alice', 'alice', 'bob') } as const),
  fc.record({ do: fc.constant('sign out'), elsewhere: fc.boolean() } as const),
  fc.record({
    do: fc.constant('source'),
    mood: fc.constantFrom<Mood>('well', 'slow', 'unchanged', 'down'),
  } as const),
  fc.record({ do: fc.constant('offline') } as const),
  fc.record({ do: fc.constant('online') } as const),
  fc.record({ do: fc.constant('sleep'), seconds: fc.constantFrom(20, 100, 700) } as const),
)

const action: fc.Arbitrary<Action> = fc.oneof(often, sometimes)

/** Seldom, and not when it shrinks. */
const AMID = [false, false, false, true]

const step: fc.Arbitrary<Step> = fc
  .tuple(action, fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined, freq: 2 }), fc.constantFrom(...AMID))
  .map(([what, turns, amid]) => ({ ...what, ...(turns !== undefined && { turns }), ...(amid && { amid }) }))

/**
 * What seldom comes together by chance: a session that has missed something, another user for a live socket, somebody who
 * writes into a closed one, and a socket that leaves in the moment in which its sibling is let in.
 */
const motif: fc.Arbitrary<readonly Step[]> = fc.oneof(
  fc
    .tuple(socket, verdict)
    .map(([which, what]): readonly Step[] => [
      { do: 'news', socket: which },
      { do: 'refuse', verdict: what, times: 1 },
      { do: 'cut' },
      { do: 'news', socket: which },
      { do: 'pass', seconds: 5 },
    ]),
  socket.map((which): readonly Step[] => [
    { do: 'disconnect', socket: which },
    { do: 'sign in', user: 'bob' },
    { do: 'emit', socket: which, count: 1 },
    { do: 'sign in', user: 'alice' },
    { do: 'connect', socket: which },
  ]),
  socket.map((which): readonly Step[] => [
    { do: 'cut' },
    { do: 'emit', socket: which, count: 1 },
    { do: 'disconnect', socket: which === 0 ? 1 : 0, amid: true },
  ]),
  fc.constantFrom<User>('alice', 'bob').map((user): readonly Step[] => [{ do: 'sign in', user }, { do: 'expire' }]),
)

const setting: fc.Arbitrary<Setting> = fc.record({
  transport: fc.constantFrom('websocket', 'polling', 'upgrade'),
  protected: fc.constantFrom(true, true, false),
  recovery: fc.boolean(),
  retries: fc.boolean(),
  sockets: fc.constantFrom(1, 2),
  linked: fc.constantFrom(true, true, true, false),
  eager: fc.constantFrom(false, false, false, true),
  check: fc.constantFrom(0, 0, 300),
  asks: fc.constantFrom(false, false, true),
  user: fc.constantFrom<User | undefined>('alice', 'alice', 'alice', undefined),
  lifetime: fc.constantFrom(130, 200, 400),
  seed: fc.nat(),
})

export const anySequence = sequencesOf(setting, step, motif)
