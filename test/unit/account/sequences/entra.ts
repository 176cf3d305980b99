// Where tokens come from: a token endpoint, and the API that looks at what it gave. Both go by the true time.

import { unsignedToken } from '../../../../src/testing/unsigned-token.js'
import type { Clock } from './clock.js'
import type { Mood, User, Verdict } from './sequence.js'

export const CLIENT_ID = '11111111-2222-4333-8444-555555555555'
export const TENANT = CLIENT_ID
export const OWN_SCOPES = ['api://app.example/access_as_user']
export const GRAPH_SCOPES = ['https://graph.microsoft.com/User.Read']
export const CHALLENGE = '{"access_token":{"acrs":{"value":"c1"}}}'

const SLOW_MS = { shortest: 2_000, longest: 18_000 }
const LONGEST_LATENCY_MS = 4
/** A request may be made once more that a host seems to have forgotten: it may have been the second try within a deadline. */
const FORGOTTEN_MS = 10_000
/** From a tab that takes longer, and hangs for all that the others know, the turn may be taken. */
const TURN_MS = 5_000
const THINKING_MS = 3_000
/** So many requests of one Auth in so short a time never end. */
const LOOP = 50
const LOOP_MS = 2_000

export interface Minted {
  /** In the order in which they were asked for. */
  readonly serial: number
  readonly token: string
  readonly user: User
  readonly own: boolean
  readonly claims: string | undefined
  /** By the true time. */
  readonly expiresAt: number
}

/** What is asked of the token endpoint. */
export interface TokenRequest {
  readonly user: User
  readonly grant: number
  readonly scopes: readonly string[]
  readonly claims?: string | undefined
}

export interface Request {
  /** The Auth that asks. */
  readonly asker: number
  readonly key: string
  readonly at: number
}

export type Entra = ReturnType<typeof createEntra>

export function keyOfUser(user: User): string {
  return `entra:${TENANT}:${user}`
}

export interface EntraParts {
  readonly clock: Clock
  readonly lifetimeMs: number
  /** Whether the tabs take turns. */
  isInTurn(): boolean
  /** Whether the page of an Auth is still there. */
  isThere(asker: number): boolean
  wrong(sentence: string): void
}

export function createEntra({ clock, lifetimeMs, isInTurn, isThere, wrong }: EntraParts) {
  const minted = new Map<string, Minted>()
  const underWay = new Set<Request>()
  const requests: Request[] = []
  const waiting = new Set<() => void>()
  let mood: Mood = 'well'
  let serial = 0
  let hasRefused = false
  let hasRefusedAll = false
  let isNextSlow = false
  let revokedTo = 0
  let isSlow = false
  let firstGrant = 0
  let demand: string | undefined
  let verdict: Verdict = 'well'
  let signedInAt = 0

  function mint(request: TokenRequest): Minted {
    const at = clock.trueTime()
    const own = request.scopes[0] === OWN_SCOPES[0]
    const expiresAt = at + lifetimeMs
    const { user, claims } = request
    const seconds = (ms: number) => Math.floor(ms / 1000)
    const token = unsignedToken({
      uti: ++serial,
      tid: TENANT,
      oid: user,
      aud: own ? CLIENT_ID : '00000003-0000-0000-c000-000000000000',
      scp: own ? 'access_as_user' : 'User.Read',
      iat: seconds(at),
      exp: seconds(expiresAt),
    })
    const made: Minted = { serial, token, user, own, claims, expiresAt }
    minted.set(token, made)
    return made
  }

  function wait(ms: number, signal?: AbortSignal | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clock.clear(timer)
        waiting.delete(end)
        resolve()
      }
      const timer = clock.set(end, ms)
      waiting.add(end)
      signal?.addEventListener('abort', () => {
        clock.clear(timer)
        waiting.delete(end)
        reject(signal.reason)
      })
    })
  }

  /** How long this answer takes. */
  function delay(): number {
    isNextSlow = !isNextSlow
    if (mood === 'hangs') return 2 ** 31 - 1
    const { shortest, longest } = SLOW_MS
    if (mood === 'slow' || (mood === 'fickle' && isNextSlow)) return shortest + Math.random() * (longest - shortest)
    return 1 + Math.floor(Math.random() * LONGEST_LATENCY_MS)
  }

  /** Notes a request for as long as it is under way. */
  async function follow<T>(asker: number, key: string, answer: () => Promise<T>): Promise<T> {
    const request = { asker, key, at: clock.awake() }
    const isSame = (each: Request) => each.asker === asker && each.key === key && each.at > request.at - FORGOTTEN_MS
    const isSecond = [...underWay].some(isSame)
    if (isSecond) wrong(`Auth ${asker} asks for ${key} while it waits for the same already.`)
    const isOther = (each: Request) => each.asker !== asker && isThere(each.asker) && each.at > request.at - TURN_MS
    if (isInTurn() && [...underWay].some(isOther))
      wrong(`Auth ${asker} asks for ${key} while it is the turn of another tab.`)
    underWay.add(request)
    requests.push(request)
    const justNow = requests.slice(-LOOP).filter((each) => each.asker === asker && each.at > request.at - LOOP_MS)
    if (justNow.length === LOOP) {
      wrong(`Auth ${asker} asks for ${key} without a pause.`)
      await new Promise(() => {})
    }
    try {
      return await answer()
    } finally {
      underWay.delete(request)
    }
  }

  return {
    follow,
    mint,
    wait,
    delay,
    requests,
    isIdle: () => underWay.size === 0,
    /** A page has the answer to a sign-in. */
    noteSignedIn(): void {
      signedInAt = clock.awake()
    },
    /** When a page last had the answer to a sign-in, by the time that the machine has been awake. */
    signedInAt: () => signedInAt,
    minted: (token: string) => minted.get(token),
    /** A person has to go on: for one endpoint with what is asked for there, else for all of them. */
    noteRefusal(claims: string | undefined): void {
      hasRefusedAll ||= claims === undefined
    },
    /** Somebody was refused a token without any claims, so that a sign-in may have ended. */
    get hasRefusedAll() {
      return hasRefusedAll
    },
    /** Somebody may have been told that only a person can go on. */
    get hasRefused() {
      return hasRefused
    },
    get mood() {
      return mood
    },
    setMood(next: Mood): void {
      mood = next
      hasRefused ||= next === 'expired' || next === 'consent'
    },
    judge(next: Verdict): void {
      verdict = next
      isSlow = next === 'slow' || (isSlow && next !== 'well')
      if (next === 'revoke') revokedTo = serial
      demand = next === 'demand' ? CHALLENGE : demand
      if (next === 'well') demand = undefined
    },
    /** Refresh tokens from before are worth nothing. */
    endGrants: () => {
      hasRefused = true
      firstGrant = serial + 1
    },
    isGrantValid: (grant: number) => grant >= firstGrant,
    lastSerial: () => serial,
    /** How long the API takes. */
    thinkingMs: () => (isSlow ? THINKING_MS : 1 + Math.floor(Math.random() * 3)),
    /** What the API says to a token. */
    check(token: string): 200 | 401 | 'challenge' {
      const known = minted.get(token)
      if (!known || known.expiresAt < clock.trueTime() || known.serial <= revokedTo || verdict === 'refuse') return 401
      return demand && known.claims !== demand ? 'challenge' : 200
    },
    /** Lets go of who waits. */
    release: () => {
      for (const end of [...waiting]) end()
    },
  }
}
