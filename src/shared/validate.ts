// How options are refused: each message names the option, what is wrong with it and a valid example.

import { AuthError } from './errors.js'

const LONGEST_EXCERPT = 200
const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i
/**
 * RFC 6749 §3.3: printable ASCII without space, quote and backslash. Entra ID takes a scope without an API for one of
 * Microsoft Graph, whose names all have a dot (Microsoft Learn, "Scopes and permissions": `User.Read`).
 */
const scope = /^(?=.*[./])[!#-[\]-~]+$/
/** MSAL asks for these by itself; they are no scopes of an API. */
export const openIdScope = /^(openid|profile|email|offline_access)$/

export const EXAMPLE_GUID = '00000000-0000-0000-0000-000000000000'
export const GUID_RULE = `a GUID, for example ${EXAMPLE_GUID}`
const SCOPES_RULE =
  "scopes with their API (a name alone is of Microsoft Graph), for example ['api://app.contoso.com/<clientId>/access_as_user']"

/** Scopes as an app passes them: one or several. */
export function checkScopes(option: string, scopes: unknown): readonly string[] {
  const list = listOf(scopes)
  const named = list.filter((each) => !isNonBlank(each) || !openIdScope.test(each))
  for (const each of named[0] ? named : [scopes]) must(option, each, isNonBlank(each) && scope.test(each), SCOPES_RULE)
  return list as string[]
}

function listOf(scopes: unknown): readonly unknown[] {
  if (typeof scopes === 'string') return [scopes]
  return Array.isArray(scopes) ? [...scopes] : []
}

export function oneOf<T extends string | boolean>(option: string, value: T | undefined, ...choices: [T, ...T[]]): T {
  const chosen = value === undefined ? choices[0] : value
  must(option, value, choices.includes(chosen), `one of ${choices}, for example ${choices[0]}`)
  return chosen
}

/** Like {@link must}, for an option that can be left out. */
export function mayBe(option: string, value: unknown, isValid: (value: unknown) => boolean, rule: string): void {
  must(option, value, value === undefined || isValid(value), rule)
}

/**
 * @param rule what the option has to be, and an example: it follows "must be"
 * @throws {AuthError} `config_invalid`, unless `isValid`
 */
export function must(option: string, value: unknown, isValid: unknown, rule: string): asserts isValid {
  if (isValid) return
  // Neither at length nor with what can be secret in a URL: user and password, query and fragment.
  const excerpt = (text: string) => `'${text.slice(0, LONGEST_EXCERPT).replace(/.*@|[?#].*/gs, '…')}'`
  const given = typeof value === 'string' ? excerpt(value) : value && typeof value
  throw new AuthError('config_invalid', { phase: 'config', message: `\`${option}\` must be ${rule}, not ${given}.` })
}

/** In upper or lower case. Entra ID writes its own in lower case. */
export function isGuid(value: unknown): value is string {
  return typeof value === 'string' && guid.test(value)
}

export function isNonBlank(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function'
}
