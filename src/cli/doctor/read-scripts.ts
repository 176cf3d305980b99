import { computesNames, modulesIn, scriptsOf } from './markup.js'
import { type Reach, VISIT_DEADLINE_MS, type Visit, visit } from './visit.js'

const MAX_SCRIPTS = 80
const AT_ONCE = 8
/** Not of the app: teams-js has every name in it, whether the page uses it or not; Vite's own client loads what has changed. */
const library = /\/MicrosoftTeams(\.min)?\.js$|\/@vite\/client$/i
const MAX_LENGTH = 30_000_000
const SERVER_ERROR = 500

/** The code of a page, as far as its server shows it. */
export interface PageCode {
  /** Of the page, and of the scripts that it names, one below the other. */
  readonly text: string
  /** Whether every script could be read. Only then is what is not in `text` really not there. */
  readonly isComplete: boolean
}

/** Reads what a page loads, and what that loads: at most 80 scripts, 30 MB and 10 s. */
export async function readScripts(page: Visit, reach: Reach): Promise<PageCode> {
  const texts = [page.text]
  const { named, guessed, hasMore } = scriptsOf(page.text, page.url)
  const namedAddresses = new Set(named.map(({ href }) => href))
  const waiting = [...named, ...guessed]
  const seen = new Set<string>()
  const deadline = reach.deadline(VISIT_DEADLINE_MS)
  const withDeadline = { ...reach, deadline: () => deadline }
  let isComplete = !page.isCut && !hasMore
  let length = 0
  while (waiting.length > 0 && seen.size < MAX_SCRIPTS && length < MAX_LENGTH && !deadline.aborted) {
    const next = waiting.splice(0, AT_ONCE).filter(({ href, pathname }) => !seen.has(href) && !library.test(pathname))
    for (const { href } of next) seen.add(href)
    const answers = await Promise.all(next.map((url) => visit(url, withDeadline).catch(() => undefined)))
    for (const [index, answer] of answers.entries()) {
      if (!isWhole(answer, namedAddresses.has(next[index]?.href ?? ''))) isComplete = false
      if (!answer || !isScript(answer)) continue
      if (computesNames(answer.text)) isComplete = false
      texts.push(answer.text)
      length += answer.text.length
      waiting.push(...modulesIn(answer.text, answer.url).filter(({ href }) => !seen.has(href)))
    }
  }
  return { text: texts.join('\n'), isComplete: isComplete && waiting.length === 0 }
}

/** What is only guessed from the text of a script need not be there: then there is 404, or a page of the app. */
function isWhole(answer: Visit | undefined, isNamed: boolean): boolean {
  if (!answer || answer.isCut || answer.status >= SERVER_ERROR) return false
  return !isNamed || isScript(answer)
}

/** Browsers run what has no type, or the wrong one, unless it is HTML. */
function isScript(answer: Visit): boolean {
  return answer.status === 200 && !isHtml(answer)
}

export function isHtml({ headers }: Pick<Visit, 'headers'>): boolean {
  return /^text\/html\b|^application\/xhtml\+xml\b/i.test(headers.get('content-type') ?? '')
}
