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

/** Scopes as an app passes them: one or several. */
export function checkScopes(option: string, scopes: unknown): readonly string[] {
  const list: unknown[] = typeof scopes === 'string' ? [scopes] : Array.isArray(scopes) ? [...scopes] : []
  const named = list.filter((each) => !isNonBlank(each) || !openIdScope.test(each))
  for (const each of named[0] ? named : [scopes])
    must(
      option,
      each,
      isNonBlank(each) && scope.test(each),
      'scopes with their API (a name alone is of Microsoft Graph)',
      "['api://app.contoso.com/<clientId>/access_as_user']",
    )
  return list as string[]
}

export function oneOf<T extends string | boolean>(option: string, value: T | undefined, ...choices: [T, ...T[]]): T {
  const chosen = value === undefined ? choices[0] : value
  must(option, value, choices.includes(chosen), `one of ${choices}`, `${choices[0]}`)
  return chosen
}

export function mayBe(
  option: string,
  value: unknown,
  isValid: (value: unknown) => boolean,
  expected: string,
  example: string,
) {
  must(option, value, value === undefined || isValid(value), expected, example)
}

export function must(
  option: string,
  value: unknown,
  isValid: unknown,
  expected: string,
  example = '00000000-0000-0000-0000-000000000000',
): asserts isValid {
  if (isValid) return
  // Neither at length nor with what can be secret in a URL: user and password, query and fragment.
  const excerpt = (text: string) => `'${text.slice(0, LONGEST_EXCERPT).replace(/.*@|[?#].*/gs, '…')}'`
  const given = typeof value === 'string' ? excerpt(value) : value && typeof value
  const message = `\`${option}\` must be ${expected}, for example ${example}, not ${given}.`
  throw new AuthError('config_invalid', { phase: 'config', message })
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
