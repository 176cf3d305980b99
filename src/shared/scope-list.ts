/** RFC 6749 §3.3, without the comma, which separates them in a challenge. */
const scope = /^[!#-+\--[\]-~]+$/

/** Whether these are scopes that a challenge can name: one at least. */
export function isScopeList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && scope.test(each))
}
