// The parts of a signed token, read strictly: whatever two readers could take for two different things is refused.

import type { Claims } from '../../shared/claims.js'
import { isObject } from '../../shared/validate.js'

/** So deep may objects and lists be in one another. Entra ID's are three deep; parsers that call themselves end at some depth. */
const MAX_DEPTH = 100
/** A string with the colon of a member after it, or a bracket. Nothing else of a valid JSON text matters here. */
const namesAndBrackets = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/gs

/** The JSON object in a part of a token, or `undefined` for whatever is not exactly one. Never throws. */
export function readPart(part: string): Claims | undefined {
  try {
    const json = decodeText(part)
    const value: unknown = json === undefined ? undefined : JSON.parse(json)
    return json !== undefined && isObject(value) && !isTooDeep(json) && !hasMemberTwice(json) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether a text is the base64url that its bytes have. The last character can hold bits that no byte needs: with other
 * ones there the same signature has several spellings (RFC 4648 §3.5).
 */
export function isCanonical(part: string): boolean {
  const bytes = decodeBytes(part)
  if (bytes === undefined) return false
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') === part
}

/**
 * Whether an object in it, at any depth, has a member twice. `JSON.parse` takes the last one, others the first (RFC 8259
 * §4), and RFC 7515 §4 wants header names to be unique.
 *
 * @param json - valid JSON
 */
export function hasMemberTwice(json: string): boolean {
  const open: Set<unknown>[] = []
  for (const [text, string, colon] of json.matchAll(namesAndBrackets)) {
    if (text === '{' || text === '[') open.push(new Set())
    else if (text === '}' || text === ']') open.pop()
    else if (string !== undefined && colon !== undefined) {
      // As it is read: "\u0061lg" is "alg".
      const name: unknown = JSON.parse(string)
      if (open.at(-1)?.has(name)) return true
      open.at(-1)?.add(name)
    }
  }
  return false
}

/** @param json - valid JSON */
function isTooDeep(json: string): boolean {
  let depth = 0
  for (const [text] of json.matchAll(namesAndBrackets)) {
    if (text === '{' || text === '[') depth += 1
    else if (text === '}' || text === ']') depth -= 1
    if (depth > MAX_DEPTH) return true
  }
  return false
}

/** UTF-8 without a byte order mark, as RFC 7515 §3 and RFC 8259 §8.1 have it. Throws for bytes that are none. */
function decodeText(part: string): string | undefined {
  const bytes = isCanonical(part) ? decodeBytes(part) : undefined
  if (bytes === undefined) return undefined
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return utf8.decode(Uint8Array.from(bytes, (each) => each.charCodeAt(0)))
}

/** One character for each byte. */
function decodeBytes(part: string): string | undefined {
  try {
    return atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    return undefined
  }
}
