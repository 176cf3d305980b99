/** Long enough for any reason, even one that lists many values of the options. */
const LONGEST_LINE = 2_000

/** Called with each refusal that the app itself has no `onRefused` for. */
export type RefusalLog = (refusal: { readonly code: string; readonly reason: string }) => void

/**
 * Warns the developer on the console why a token or a request was refused, and what to change: once for each code, and
 * never in production. It gets what `onRefused` gets, so never a token.
 *
 * @param subject what is refused: the line begins with it
 */
export function createDevelopmentLog(subject: string): RefusalLog {
  const logged = new Set<string>()
  return ({ code, reason }) => {
    if (logged.has(code) || isProduction()) return
    logged.add(code)
    const line = `twodoor: ${subject} was refused (${code}). ${reason}`
    console.warn(`${line.slice(0, LONGEST_LINE)} Each code is logged once, and never with NODE_ENV=production.`)
  }
}

/** How often a mistake that stays is told. */
const TELL_EVERY_MS = 60_000

/**
 * Tells of a mistake of the server, whose client gets no more than `500`: in production too, because a secret expires there. Once
 * in a minute for each.
 */
export function createMistakeLog(): (mistake: { readonly message: string; readonly remedy: string }) => void {
  const toldAt = new Map<string, number>()
  return ({ message, remedy }) => {
    const line = `twodoor: a server made a mistake (${message}). ${remedy}`
    if (Date.now() - (toldAt.get(line) ?? 0) < TELL_EVERY_MS) return
    toldAt.set(line, Date.now())
    console.error(line)
  }
}

/** Some servers have no `process`. */
function isProduction(): boolean {
  return typeof process === 'object' && process.env?.['NODE_ENV'] === 'production'
}
