// Reads tokens.json as anybody else would, and makes the tokens: with nothing of what generates it.

import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { KeyAnswer, NumberedCase, Recipe } from './tokens/token-case.js'

export interface TokenFile {
  readonly verifier: { readonly clientId: string; readonly tenants: readonly string[] }
  readonly identity: string
  readonly keys: KeyAnswer
  readonly cases: readonly NumberedCase[]
}

export const tokenFile = read('./tokens.json') as TokenFile
const keys = read('./keys.json') as Record<Recipe['key'], object>

/** @param now - in milliseconds since the epoch */
export function tokenOf({ token }: Pick<NumberedCase, 'token'>, now = Date.now()): unknown {
  return 'finished' in token ? token.finished : made(token.recipe, now)
}

function made(recipe: Recipe, now: number): string {
  const [header, claims] = [recipe.header, recipe.claims].map((text) => encode(Buffer.from(filledIn(text, now))))
  const key = createPrivateKey({ key: keys[recipe.key] as never, format: 'jwk' })
  const signature = encode(sign('sha256', Buffer.from(`${header}.${claims}`), key))
  const form = recipe.form ?? '{header}.{claims}.{signature}'
  return form.replace('{header}', `${header}`).replace('{claims}', `${claims}`).replace('{signature}', signature)
}

function filledIn(text: string, now: number): string {
  const seconds = Math.floor(now / 1000)
  return text
    .replace(/"<now([+-]\d+)>"/g, (_, difference) => String(seconds + Number(difference)))
    .replace(/<(.)\*(\d+)>/g, (_, letter, count) => letter.repeat(Number(count)))
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64url')
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
}
