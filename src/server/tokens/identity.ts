import { accountOf, type Claims } from '../../shared/claims.js'
import { isNonBlank, isObject } from '../../shared/validate.js'

/** Whose token it is: a user. */
export interface Identity {
  /** Tells a user from an {@link AppIdentity}, where a verifier accepts both. */
  readonly kind?: 'user' | undefined
  /** `entra:<tenant id>:<object id>`: the same in both doors, and the same as `Account.key` in the page. */
  readonly key: `entra:${string}:${string}`
  readonly tenantId: string
  readonly objectId: string
  /** When the token expires, in milliseconds since the epoch. */
  readonly expiresAt: number
  /** The scopes in the token, from `scp`. A verifier of your own can leave them out, and all that follows here. */
  readonly scopes?: readonly string[] | undefined
  /** The app roles of the user, from `roles`. Empty if the token has none. */
  readonly roles?: readonly string[] | undefined
  /**
   * The groups in the token: object IDs, unless the app registration says otherwise. Empty if it has none. `undefined` if they
   * are not known: see `groupsOverage`.
   */
  readonly groups?: readonly string[] | undefined
  /** The user is in more groups than a token holds: ask Microsoft Graph for them. */
  readonly groupsOverage?: boolean | undefined
  /** The sign-in name. For display: it can change, and go to somebody else. */
  readonly username?: string | undefined
  /** All claims of the token. */
  readonly claims: Claims
}

/**
 * An app on its own, without a user: a daemon that has an app role of this API. It has no `key`, no `objectId` and no `scopes`,
 * so that nothing takes it for a user.
 */
export interface AppIdentity {
  readonly kind: 'app'
  readonly tenantId: string
  /** The application (client) ID of the caller: `azp`, or `appid` in version 1.0. */
  readonly appId: string
  /** The app roles that an administrator has given to it. */
  readonly roles: readonly string[]
  /** When the token expires, in milliseconds since the epoch. */
  readonly expiresAt: number
  /** All claims of the token. */
  readonly claims: Claims
}

/** Who calls: tell them apart by `kind`. */
export type Caller = Identity | AppIdentity

/**
 * What an app's own verifier gives is checked too: nobody comes in without an account.
 *
 * @param isGood - what else it needs where it is used
 */
export function checkIdentity(identity: Identity, isGood: (identity: Identity) => boolean = () => true): Identity {
  const { kind, key } = Object(identity) as { kind?: unknown; key?: unknown }
  if (kind !== 'app' && typeof key === 'string' && isGood(identity)) return identity
  throw new TypeError('The verifier gave no identity.')
}

/** The identity in claims of a user that have been checked. */
export function identityOf(claims: Claims): Identity & { readonly kind: 'user' } {
  const [tenantId, objectId] = [`${claims['tid']}`, `${claims['oid']}`]
  return Object.freeze({
    kind: 'user',
    key: `entra:${tenantId}:${objectId}`,
    tenantId,
    objectId,
    expiresAt: expiryOf(claims),
    scopes: Object.freeze(`${claims['scp']}`.split(' ').filter((each) => each !== '')),
    roles: textsIn(claims['roles']) ?? none,
    ...groupsIn(claims),
    username: accountOf(claims)?.username,
    claims,
  })
}

/** The identity in claims of an app on its own that have been checked. */
export function appIdentityOf(claims: Claims): AppIdentity {
  return Object.freeze({
    kind: 'app',
    tenantId: `${claims['tid']}`,
    appId: `${clientIn(claims)}`,
    roles: textsIn(claims['roles']) ?? none,
    expiresAt: expiryOf(claims),
    claims,
  })
}

/** The client that the token was issued to. Version 1.0 has another name for it than 2.0. */
export function clientIn({ ver, azp, appid }: Claims): unknown {
  return ver === '1.0' ? appid : azp
}

/** A list of texts, or `undefined` for anything else: half of a list could be taken for all of it. */
export function textsIn(claim: unknown): readonly string[] | undefined {
  return Array.isArray(claim) && claim.every(isNonBlank) ? Object.freeze([...claim]) : undefined
}

/**
 * From 200 groups on a token has a pointer in their place (Microsoft Learn, "Configure group claims"): `_claim_names`, and
 * `hasgroups` where it came through a URL.
 */
function groupsIn({ groups, hasgroups, _claim_names }: Claims): Pick<Identity, 'groups' | 'groupsOverage'> {
  const isPointedTo = isObject(_claim_names) && Object.hasOwn(_claim_names, 'groups')
  const groupsOverage = isPointedTo || (hasgroups !== undefined && hasgroups !== false)
  const listed = groups === undefined ? none : textsIn(groups)
  return { groups: groupsOverage ? undefined : listed, groupsOverage }
}

function expiryOf({ exp }: Claims): number {
  return Number(exp) * 1000
}

const none: readonly string[] = Object.freeze([])
