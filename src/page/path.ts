import { toUrl } from '../shared/url.js'

/** Whether `value` is a path that stays on this origin, however a browser reads it. */
export function isPathOfThisOrigin(value: unknown, { location }: Window): value is string {
  if (typeof value !== 'string' || !value.startsWith('/') || value.includes('\\')) return false
  return toUrl(value, location.href)?.origin === location.origin
}
