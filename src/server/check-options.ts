// What is checked in the options of every door.

import { parseOrigin } from '../shared/origins.js'
import { isObject, must } from '../shared/validate.js'

/** Refuses what is not an object, and names in it that nothing reads: a misspelt option must not go unnoticed. */
export function checkOptionNames(value: unknown, known: readonly string[]): void {
  must('options', value, isObject(value), `an object, for example { ${known[0]}: … }`)
  for (const name of Object.keys(value))
    must(name, 'a name', known.includes(name), `one of ${known}, for example ${known[0]}`)
}

/** @throws {AuthError} `config_invalid`: names the entry, what is wrong with it and a valid example */
export function checkOriginList(origins: unknown): readonly string[] {
  must(
    'origins',
    origins,
    Array.isArray(origins) && origins.length > 0,
    "a list of origins, for example ['https://app.example']",
  )
  return Array.from(origins, (value: unknown, i) => {
    const origin = parseOrigin(value)
    must(`origins[${i}]`, value, origin, 'an https origin (http on loopback only), for example https://app.example')
    return origin
  })
}
