// What can happen to the tabs of an origin, drawn at random. Steps are plain data, so that they shrink and can be read.

import fc from 'fast-check'
import { type SequenceOf, sequencesOf } from '../../sequences/sequence.js'

export type User = 'alice' | 'bob'
/** Where a page gets its tokens: MSAL over storage of all tabs, MSAL over storage of its own, or Teams SSO. */
export type Door = 'local' | 'session' | 'teams'
/** How the token endpoint answers, or the host. `fickle`: every other answer is slow. */
export type Mood =
  | 'well'
  | 'slow'
  | 'fickle'
  | 'hangs'
  | 'down'
  | 'broken'
  | 'throttled'
  | 'expired'
  | 'consent'
  | 'unchanged'
/** What the API does with tokens. `revoke`: it refuses those that there are. `demand`: it asks for claims. `slow`: it thinks. */
export type Verdict = 'well' | 'revoke' | 'refuse' | 'demand' | 'slow'
export type CallKind = 'token' | 'claims' | 'rejected' | 'graph' | 'fetch'
/** What becomes of a trip to Entra ID, or of a sign-in in a window of the host. */
export type Outcome = 'done' | 'denied' | 'back' | 'stays'

export type Action =
  | { readonly do: 'call'; readonly tab: number; readonly kind: CallKind; readonly count: number }
  /** The app gives up all calls that wait. */
  | { readonly do: 'abort'; readonly tab: number }
  | { readonly do: 'sign in'; readonly tab: number; readonly user: User; readonly outcome: Outcome }
  | { readonly do: 'sign out'; readonly tab: number; readonly entra: boolean }
  | { readonly do: 'source'; readonly mood: Mood }
  | { readonly do: 'api'; readonly verdict: Verdict }
  /** All refresh tokens are refused from now on. */
  | { readonly do: 'end grants' }
  | { readonly do: 'pass'; readonly seconds: number }
  /** So much time passes that the last token is nearly over, or over. */
  | { readonly do: 'age'; readonly part: number }
  /** The machine sleeps: time passes, and no timer runs. Then all pages wake. */
  | { readonly do: 'sleep'; readonly seconds: number }
  /** Somebody sets the clock. Nobody is told. */
  | { readonly do: 'clock'; readonly seconds: number }
  | { readonly do: 'wake'; readonly tab: number }
  | { readonly do: 'offline' }
  | { readonly do: 'online' }
  /** Messages of other tabs are lost on the way to this one, until it wakes. */
  | { readonly do: 'deafen'; readonly tab: number }
  | { readonly do: 'storage'; readonly how: 'works' | 'full' | 'blocked' | 'cleared' }
  /** Another Auth: in a tab of its own, or on the page of another one. */
  | { readonly do: 'open'; readonly beside: number | undefined }
  | { readonly do: 'reload'; readonly tab: number }
  | { readonly do: 'dispose'; readonly tab: number }
  /** As React's StrictMode: an Auth is disposed of, and another one made at once. */
  | { readonly do: 'remake'; readonly tab: number }
  /** Another account becomes that of the host. */
  | { readonly do: 'host user'; readonly user: User }
  /** An app with the same client ID, without twodoor. */
  | { readonly do: 'other app'; readonly user: User | undefined }

/** `turns`: how many milliseconds pass before the next step. Without, the next step waits until what is quick is done. */
export type Step = Action & { readonly turns?: number | undefined }

export interface Setting {
  readonly door: Door
  readonly tabs: 1 | 2 | 3
  /** How many copies of twodoor the tabs take turns with. */
  readonly copies: 1 | 2
  /** Whether the browser has Web Locks. */
  readonly locks: boolean
  /** How many milliseconds later than a message another tab sees what was stored before. */
  readonly lag: number
  readonly autoSignIn: 'never' | 'silent'
  readonly user: User | undefined
  /** Of each token, in seconds. */
  readonly lifetime: number
  /** What decides about chance. */
  readonly seed: number
}

export type Sequence = SequenceOf<Setting, Step>

const tab = fc.constantFrom(0, 1, 2)
const user = fc.constantFrom<User>('alice', 'bob')
const kind = fc.constantFrom<CallKind>('token', 'token', 'fetch', 'fetch', 'claims', 'rejected', 'graph')
const count = fc.constantFrom(1, 1, 3)
const outcome = fc.constantFrom<Outcome>('done', 'done', 'done', 'denied', 'back', 'stays')
const moods = ['well', 'slow', 'fickle', 'hangs', 'down', 'broken', 'throttled', 'expired', 'consent'] as const
const mood = fc.constantFrom<Mood>(...moods, 'well', 'slow', 'fickle', 'unchanged')

const often = fc.oneof(
  fc.record({ do: fc.constant('call'), tab, kind, count } as const),
  fc.record({ do: fc.constant('call'), tab, kind, count } as const),
  fc.record({ do: fc.constant('source'), mood } as const),
  fc.record({ do: fc.constant('age'), part: fc.constantFrom(0.5, 0.8, 0.96, 1.05) } as const),
  fc.record({ do: fc.constant('pass'), seconds: fc.constantFrom(1, 5, 20, 70) } as const),
  fc.record({ do: fc.constant('sign in'), tab, user, outcome } as const),
)

const sometimes = fc.oneof(
  fc.record({ do: fc.constant('sign out'), tab, entra: fc.constantFrom(false, false, true) } as const),
  fc.record({
    do: fc.constant('api'),
    verdict: fc.constantFrom<Verdict>('well', 'revoke', 'refuse', 'demand', 'slow'),
  } as const),
  fc.record({ do: fc.constant('abort'), tab } as const),
  fc.record({ do: fc.constant('end grants') } as const),
  fc.record({ do: fc.constant('sleep'), seconds: fc.constantFrom(20, 300, 90_000) } as const),
  fc.record({ do: fc.constant('clock'), seconds: fc.constantFrom(600, -600, 28_800, -28_800) } as const),
  fc.record({ do: fc.constant('wake'), tab } as const),
  fc.record({ do: fc.constant('offline') } as const),
  fc.record({ do: fc.constant('online') } as const),
  fc.record({ do: fc.constant('deafen'), tab } as const),
  fc.record({ do: fc.constant('storage'), how: fc.constantFrom('works', 'full', 'blocked', 'cleared') } as const),
  fc.record({ do: fc.constant('open'), beside: fc.option(tab, { nil: undefined }) } as const),
  fc.record({ do: fc.constant('reload'), tab } as const),
  fc.record({ do: fc.constant('dispose'), tab } as const),
  fc.record({ do: fc.constant('remake'), tab } as const),
  fc.record({ do: fc.constant('host user'), user } as const),
  fc.record({ do: fc.constant('other app'), user: fc.option(user, { nil: undefined }) } as const),
)

const action: fc.Arbitrary<Action> = fc.oneof(often, sometimes)

const step: fc.Arbitrary<Step> = fc
  .tuple(action, fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined, freq: 2 }))
  .map(([what, turns]) => ({ ...what, ...(turns !== undefined && { turns }) }))

/**
 * What seldom comes together by chance: two answers that overtake each other, a switch in the middle of a call, a sign-out in
 * the middle of a sign-in or of a renewal, a token that is over while the source takes its time.
 */
const motif: fc.Arbitrary<readonly Step[]> = fc.oneof(
  tab.map((tab): readonly Step[] => [
    { do: 'source', mood: 'fickle' },
    { do: 'sleep', seconds: 300, turns: 1 },
    { do: 'call', tab, kind: 'claims', count: 1 },
    { do: 'pass', seconds: 20 },
    { do: 'call', tab, kind: 'token', count: 1 },
  ]),
  tab.map((tab): readonly Step[] => [
    { do: 'api', verdict: 'slow', turns: 1 },
    { do: 'call', tab, kind: 'fetch', count: 1, turns: 2 },
    { do: 'api', verdict: 'revoke', turns: 0 },
    { do: 'sign in', tab: tab + 1, user: 'bob', outcome: 'done' },
    { do: 'pass', seconds: 5 },
  ]),
  tab.map((tab): readonly Step[] => [
    { do: 'sign in', tab, user: 'bob', outcome: 'done', turns: 5 },
    { do: 'sign out', tab, entra: false },
    { do: 'pass', seconds: 1 },
  ]),
  tab.map((tab): readonly Step[] => [
    { do: 'source', mood: 'slow' },
    { do: 'call', tab, kind: 'claims', count: 1, turns: 5 },
    { do: 'sign out', tab, entra: false },
    { do: 'pass', seconds: 20 },
  ]),
  tab.map((tab): readonly Step[] => [
    { do: 'source', mood: 'slow' },
    { do: 'sleep', seconds: 90_000, turns: 1 },
    { do: 'call', tab, kind: 'token', count: 1 },
  ]),
  fc.tuple(tab, fc.nat(8)).map(([tab, turns]): readonly Step[] => [
    { do: 'source', mood: 'well' },
    { do: 'call', tab, kind: 'claims', count: 1, turns },
    { do: 'sign out', tab: tab + 1, entra: false },
    { do: 'pass', seconds: 1 },
  ]),
)

const setting: fc.Arbitrary<Setting> = fc.record({
  door: fc.constantFrom<Door>('local', 'local', 'session', 'teams'),
  tabs: fc.constantFrom(1, 2, 3),
  copies: fc.constantFrom(1, 2),
  locks: fc.constantFrom(true, true, true, false),
  lag: fc.constantFrom(0, 0, 5, 30),
  autoSignIn: fc.constantFrom('never', 'never', 'never', 'silent'),
  user: fc.constantFrom<User | undefined>('alice', 'alice', 'alice', undefined),
  lifetime: fc.constantFrom(400, 700, 1_300),
  seed: fc.nat(),
})

export const anySequence = sequencesOf(setting, step, motif)
