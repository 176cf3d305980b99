import { AuthError } from '../../shared/errors.js'

/** A user who can sign in at the {@link EntraEmulator}. */
export interface EntraUser {
  /** The sign-in name, unique in any case of letters. */
  readonly username: string
  readonly name: string
  /** The object ID in the emulated tenant: a GUID. */
  readonly objectId: string
  /**
   * The app roles of the user, in the claim `roles`.
   *
   * @default none
   */
  readonly roles?: readonly string[] | undefined
  /**
   * The object IDs of the groups of the user, in the claim `groups`. With more than 200 a token points to Microsoft Graph in
   * their place (`_claim_names`).
   *
   * @default none
   */
  readonly groups?: readonly string[] | undefined
  /**
   * What Microsoft Graph has at `/me/photo/$value`: a data URL.
   *
   * @default no photo
   */
  readonly photo?: string | undefined
  /**
   * Makes the user a guest: who they are in the tenant that they come from.
   *
   * @default a member of the tenant
   */
  readonly home?: { readonly tenantId: string; readonly objectId: string } | undefined
}

/** The ID of the emulated tenant. */
export const defaultTenant = '11111111-2222-4333-8444-555555555555'

/** Two members of the tenant and a guest. */
export const defaultUsers: readonly EntraUser[] = [
  { username: 'adele@contoso.example', name: 'Adele Vance', objectId: 'a0000000-0000-4000-8000-000000000001' },
  { username: 'alex@contoso.example', name: 'Alex Wilber', objectId: 'a0000000-0000-4000-8000-000000000002' },
  {
    username: 'megan@fabrikam.example',
    name: 'Megan Bowen (guest)',
    objectId: 'a0000000-0000-4000-8000-000000000003',
    home: { tenantId: 'f0000000-0000-4000-8000-00000000000f', objectId: 'f0000000-0000-4000-8000-000000000003' },
  },
]

/** Who a user is in one tenant. */
export interface TenantIdentity {
  readonly tenantId: string
  readonly objectId: string
  /** The tenant that vouches for a guest. */
  readonly guestOf?: string | undefined
}

/** Authorities at which everybody is who they are at home, not who they are as a guest. */
const homeAuthorities = ['common', 'organizations']

/**
 * Who `user` is where they sign in: the first path segment of the endpoint. With `common` and `organizations` a guest
 * is somebody else than with the tenant itself. `undefined` for a tenant that does not know the user.
 */
export function identityAt(authority: string, user: EntraUser, tenant: TenantNames): TenantIdentity | undefined {
  const isHomeAuthority = homeAuthorities.includes(authority) || authority === user.home?.tenantId
  if (user.home && isHomeAuthority) return user.home
  if (!homeAuthorities.includes(authority) && !isEmulatedTenant(authority, tenant)) return undefined
  return { tenantId: tenant.tenant, objectId: user.objectId, guestOf: user.home?.tenantId }
}

export interface TenantNames {
  readonly tenant: string
  readonly domain: string
}

export function isEmulatedTenant(authority: string, { tenant, domain }: TenantNames): boolean {
  return authority === tenant || authority === domain
}

/** Whether there is anything at this first path segment: the tenant, those of its guests, or those for everybody. */
export function isAuthority(authority: string, users: readonly EntraUser[], tenant: TenantNames): boolean {
  if (homeAuthorities.includes(authority) || isEmulatedTenant(authority, tenant)) return true
  return users.some(({ home }) => home?.tenantId === authority)
}

/** The user with this name. */
export function userNamed(username: string | undefined, users: readonly EntraUser[]): EntraUser | undefined {
  return users.find((user) => user.username.toLowerCase() === username?.toLowerCase())
}

/**
 * The user that a test names, by the sign-in name or as an object.
 *
 * @throws {AuthError} `config_invalid` if no user has that name
 */
export function mustFindUser(user: EntraUser | string, users: readonly EntraUser[]): EntraUser {
  const username = typeof user === 'string' ? user : user?.username
  const found = userNamed(username, users)
  if (found) return found
  const names = users.map((each) => each.username).join(', ')
  const message = `The emulator has no user '${username}', only ${names}.`
  throw new AuthError('config_invalid', { phase: 'config', message })
}
