// The facts, by asking for them as a browser would: the page as a frame does, the API as a script does, nobody with a token.

import type { MicrosoftCloud } from '../../shared/clouds.js'
import { type Api, type Facts, isOk, leaves, originOf, type Page } from './facts.js'
import type { Manifest } from './read-manifest.js'
import { isHtml, type PageCode, readScripts } from './read-scripts.js'
import { type Reach, type Visit, visit } from './visit.js'

const ACCEPT_HTML = 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8'
/** By this a server tells a frame from a tab. Node lets nobody set `Sec-Fetch-Mode`, so the site is left out too. */
const IN_A_FRAME = { accept: ACCEPT_HTML, 'sec-fetch-dest': 'iframe' }
const AT_THE_TOP = { accept: ACCEPT_HTML, 'sec-fetch-dest': 'document' }

/** What to look at. */
export interface Targets {
  readonly url: URL
  /** `undefined`: the origin of the page and `/`, which `createAuth` sends by itself. */
  readonly redirectUri: URL | undefined
  readonly api: URL | undefined
  readonly manifest: Manifest | undefined
  readonly clientId: string | undefined
  readonly cloud: MicrosoftCloud
}

/** @throws {UsageError} where one of the addresses cannot be reached */
export async function gather({ url, redirectUri, api, ...given }: Targets, reach: Reach): Promise<Facts> {
  const page = await readPage(url, reach, IN_A_FRAME)
  const origin = originOf(page)
  const redirectPage = await readPage(redirectUri ?? new URL('/', origin), reach, AT_THE_TOP, page)
  return { ...given, page, redirectPage, api: api && (await askApi(api, origin, reach)) }
}

/** @param known - whose scripts are not read a second time if it is the same page */
async function readPage(
  asked: URL,
  reach: Reach,
  headers: Readonly<Record<string, string>>,
  known?: Page,
): Promise<Page> {
  const answer = await visit(asked, reach, { headers })
  if (!isOk(answer) || leaves({ asked, url: answer.url }))
    return { ...answer, asked, code: { text: '', isComplete: false } }
  return { ...answer, asked, code: known?.url.href === answer.url.href ? known.code : await codeOf(answer, reach) }
}

async function codeOf(answer: Visit, reach: Reach): Promise<PageCode> {
  return isHtml(answer) ? readScripts(answer, reach) : { text: answer.text, isComplete: !answer.isCut }
}

async function askApi(asked: URL, origin: string, reach: Reach): Promise<Api> {
  const headers: Record<string, string> = asked.origin === origin ? {} : { origin }
  const answer: Visit = await visit(asked, reach, { headers })
  if (asked.origin === origin) return { ...answer, asked, preflight: undefined }
  const preflight = await visit(asked, reach, {
    method: 'OPTIONS',
    headers: {
      ...headers,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
  })
  return { ...answer, asked, preflight }
}
