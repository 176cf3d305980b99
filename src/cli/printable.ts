// What a terminal would take for a command is shown and not obeyed: pages, manifests and arguments can have anything in them.

const controls = /[\p{Cc}\p{Cf}\u2028\u2029]/gu
/** The line breaks of `JSON.stringify` stand between the values, never in one. */
const controlsInJson = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu
const HEX = 16
const HEX_DIGITS = 4

/** One line. */
export function printable(line: string): string {
  return line.replace(controls, '�')
}

/** JSON that reads as `value`. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(controlsInJson, (found) => found.split('').map(escaped).join(''))
}

function escaped(codeUnit: string): string {
  return `\\u${codeUnit.charCodeAt(0).toString(HEX).padStart(HEX_DIGITS, '0')}`
}
