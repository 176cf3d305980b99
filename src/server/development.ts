/** Long enough for any reason, even one that lists many values of the options. */
const LONGEST_LINE = 2_000

/** What hears of refusals where the app does not. */
export type RefusalLog = (refusal: { readonly code: string; readonly reason: string }) => void

/**
 * Tells a developer on the console why somebody was refused, and what to change: each code once, nothing in production.
 * It gets what `onRefused` gets, so never a token.
 *
 * @param subject what is refused, as the line begins
 */
export function createDevelopmentLog(subject: string): RefusalLog {
  const told = new Set<string>()
  return ({ code, reason }) => {
    if (told.has(code) || isProduction()) return
    told.add(code)
    const line = `twodoor: ${subject} was refused (${code}). ${reason}`
    console.warn(`${line.slice(0, LONGEST_LINE)} This code is told once, and never with NODE_ENV=production.`)
  }
}

/** Servers exist that have no `process`. */
function isProduction(): boolean {
  return typeof process === 'object' && process.env?.['NODE_ENV'] === 'production'
}
