import { canonicalScope } from './scopes.js'
import type { EntraUser } from './users.js'

/** One user signed in, in one browser. */
export interface SignedInUser {
  readonly user: EntraUser
  /** The session ID, which the `sid` claim and parameter name. */
  readonly sid: string
  /** How often the user had been revoked by then. */
  readonly revocations: number
  /** How often a second factor had been demanded when the user last gave it. */
  stepUps?: number
}

/** What the administrator of the tenant decided: consent, second factors, revocation. */
export interface Policies {
  signIn(user: EntraUser, sid: string): SignedInUser
  /** The sign-in of that session. One that is not known, as with a token of a host, is as good as new. */
  signInOf(user: EntraUser, sid: string | undefined): SignedInUser
  /** The sign-in of the session with that name. */
  signInNamed(sid: string): SignedInUser | undefined
  /** That of the host, such as Teams, which lasts. */
  signInOfHost(user: EntraUser): SignedInUser
  revoke(user: EntraUser): void
  isRevoked(signIn: SignedInUser): boolean
  requireStepUp(user: EntraUser): void
  /** Whether a second factor is missing. `demanded`: the request itself asks for one. */
  needsStepUp(signIn: SignedInUser, demanded: boolean): boolean
  stepUp(signIn: SignedInUser): void
  requireConsent(user: EntraUser): void
  hasConsented(user: EntraUser, scopes: readonly string[]): boolean
  consent(user: EntraUser, scopes: readonly string[]): void
  keep(): KeptPolicies
}

/** Users are named by their object IDs. */
export interface KeptPolicies {
  readonly revocations: readonly Count[]
  readonly stepUps: readonly Count[]
  readonly consented: readonly (readonly [objectId: string, scopes: readonly string[]])[]
  readonly signIns: readonly KeptSignIn[]
}

interface KeptSignIn extends Omit<SignedInUser, 'user'> {
  readonly objectId: string
}

type Count = readonly [objectId: string, count: number]

/** @param users - those that a sign-in can be of: one of somebody else is forgotten */
export function createPolicies(users: readonly EntraUser[], kept?: KeptPolicies): Policies {
  // By counting and not by time: whatever happens within one millisecond keeps its order.
  const revocations = createCounter(kept?.revocations)
  const stepUps = createCounter(kept?.stepUps)
  /** The scopes consented to since consent was withdrawn. Who is not in here has the consent of an administrator. */
  const consented = new Map(kept?.consented.map(([objectId, scopes]) => [objectId, new Set(scopes)]))
  /** By the name of the session, as tokens have it. */
  const signIns = new Map<string, SignedInUser>()
  for (const { objectId, ...signIn } of kept?.signIns ?? []) {
    const user = users.find((each) => each.objectId === objectId)
    if (user) signIns.set(signIn.sid, { ...signIn, user })
  }

  function signIn(user: EntraUser, sid: string): SignedInUser {
    const begun = { user, sid, revocations: revocations.of(user) }
    signIns.set(sid, begun)
    return begun
  }

  return {
    signIn,
    signInNamed: (sid) => signIns.get(sid),
    signInOfHost: (user) => signIns.get(sidOfHost(user)) ?? signIn(user, sidOfHost(user)),
    signInOf: (user, sid = '') => {
      const known = signIns.get(sid)
      return known?.user === user ? known : { user, sid, revocations: revocations.of(user) }
    },
    revoke: revocations.increase,
    isRevoked: (signIn) => signIn.revocations !== revocations.of(signIn.user),
    requireStepUp: stepUps.increase,
    needsStepUp: ({ user, stepUps: done }, demanded) =>
      done === undefined ? demanded || stepUps.of(user) > 0 : done < stepUps.of(user),
    stepUp(signIn) {
      signIn.stepUps = stepUps.of(signIn.user)
    },
    requireConsent: (user) => void consented.set(user.objectId, new Set()),
    hasConsented(user, scopes) {
      const given = consented.get(user.objectId)
      return given === undefined || scopes.every((each) => given.has(canonicalScope(each)))
    },
    consent(user, scopes) {
      for (const scope of scopes) consented.get(user.objectId)?.add(canonicalScope(scope))
    },
    keep: () => ({
      revocations: revocations.list(),
      stepUps: stepUps.list(),
      consented: [...consented].map(([objectId, scopes]) => [objectId, [...scopes]] as const),
      signIns: [...signIns.values()].map(({ user, ...signIn }) => ({ ...signIn, objectId: user.objectId })),
    }),
  }
}

/** The name of the session that a user has in a host. */
export function sidOfHost({ objectId }: Pick<EntraUser, 'objectId'>): string {
  return `host-${objectId}`
}

function createCounter(kept: readonly Count[] = []) {
  const counts = new Map<string, number>(kept)
  const of = ({ objectId }: EntraUser) => counts.get(objectId) ?? 0
  return { of, list: () => [...counts], increase: (user: EntraUser) => void counts.set(user.objectId, of(user) + 1) }
}
