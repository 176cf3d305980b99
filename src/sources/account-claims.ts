// What the account says beyond who it is, where the app asks for it: app roles, groups, and claims to show. Loaded only then.

import type { Account, accountOf, Claims } from '../shared/claims.js'
import { isObject } from '../shared/validate.js'
import type { Refusal } from './source.js'

/** Completes an account with what its tokens say. */
export interface AccountReader {
  /**
   * @param access - the claims of the access token, where that is of the app's own API: those of another one are not for us
   * @param id - the claims of the ID token, where there is one
   */
  complete(account: Account, access: Claims | undefined, id?: Claims): Account
}

/** Longer than any name or address. Lists hold no more than a token does: 200 groups, 600 with a filter. */
const LONGEST_TEXT = 256
const LONGEST_LIST = 1_000
/** The beginning of a JSON Web Token: `{"` in base64. */
const TOKEN_START = /eyJ[\w-]{8,}\.[\w-]{8,}/

/**
 * Claims of the protocol: whom a token is for and how it was got, what binds or names it or a session, and what Microsoft keeps
 * for itself (Microsoft Learn, "Access token claims reference" and "ID token claims reference").
 */
const PROTOCOL =
  /^(iss|aud|sub|exp|nbf|iat|jti|nonce|azp|azpacr|appid|appidacr|acr|acrs|amr|scp|ver|typ|idtyp|cnf|sid|rh|uti|aio|puid|wids|hasgroups|(at|c|s)_hash|login_hint|client_info|auth_time|deviceid|platf|signin_state|controls|in_corp|ipaddr|pwd_\w+|_\w*|__proto__|constructor|prototype)$/i
/** Those of Microsoft's that are for display: the data location and the languages of the user. */
const SHOWN = /^xms_t?p[dl]l?$/i
const MICROSOFTS = /^(xms|idp|e_|tid$|oid$)/i

/**
 * @param names - as in `AuthOptions.accountClaims`
 * @param known - what the engine has: imported here as well, it would be a file of its own in a bundle
 */
export function openAccountReader(
  names: readonly string[],
  known: { readonly accountOf: typeof accountOf },
): AccountReader | Refusal {
  const refused = names.find((name) => PROTOCOL.test(name) || (MICROSOFTS.test(name) && !SHOWN.test(name)))
  if (refused !== undefined) return misfit(refused)
  const texts = names.filter((name) => name !== 'roles' && name !== 'groups')

  return {
    complete(account, access, id) {
      const isSame = known.accountOf(id)?.key === account.key
      const sources = [access, isSame ? id : undefined].filter((each) => each !== undefined)
      const shown = texts.flatMap((name) => {
        const value = sources.map((claims) => textIn(claims, name)).find((each) => each !== undefined)
        return value === undefined ? [] : [[name, value] as const]
      })
      return Object.freeze({
        ...account,
        ...(names.includes('roles') && { roles: rolesIn(sources) }),
        ...(names.includes('groups') && groupsIn(sources)),
        claims: Object.freeze(Object.fromEntries(shown)),
      })
    },
  }
}

function misfit(name: string): Refusal {
  return {
    refused: 'config_invalid',
    message: `\`accountClaims\` must be made of claims to show, for example given_name. It has ${JSON.stringify(name).slice(0, 50)}.`,
    remedy: 'Leave it out: it is for the protocol, or says nothing of the user.',
  }
}

function textIn(claims: Claims, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  return isShort(value) && !TOKEN_START.test(value) ? value : undefined
}

/**
 * Of the first token that has the claim. `undefined` where it is anything but a list of texts: a list with a part left out could
 * be taken for the whole.
 */
function rolesIn(sources: readonly Claims[]): readonly string[] | undefined {
  const roles = sources.map((claims) => claims['roles']).find((each) => each !== undefined)
  return roles === undefined ? none : listOf(roles)
}

/**
 * A token has a pointer in the place of many groups: `_claim_names`, and `hasgroups` where it came through a URL (Microsoft Learn,
 * "Configure group claims").
 */
function groupsIn(sources: readonly Claims[]): Pick<Account, 'groups' | 'groupsOverage'> {
  const found = sources.find((claims) => claims['groups'] !== undefined || hasOverage(claims))
  if (!found) return { groups: none, groupsOverage: false }
  const groupsOverage = hasOverage(found)
  return { groups: groupsOverage ? undefined : listOf(found['groups']), groupsOverage }
}

function hasOverage({ hasgroups, _claim_names }: Claims): boolean {
  const isPointedTo = isObject(_claim_names) && Object.hasOwn(_claim_names, 'groups')
  return isPointedTo || (hasgroups !== undefined && hasgroups !== false)
}

function listOf(claim: unknown): readonly string[] | undefined {
  const isList = Array.isArray(claim) && claim.length <= LONGEST_LIST && claim.every(isShort)
  return isList ? Object.freeze([...claim]) : undefined
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT
}

const none: readonly string[] = Object.freeze([])
