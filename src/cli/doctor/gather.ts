// The facts, by asking for them as a browser would: the page as a frame does, the API as a script does, nobody with a token.

import type { MicrosoftCloud } from '../../shared/clouds.js'
import type { Api, Facts, Page } from './facts.js'
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
  /** `undefined`: the page itself. */
  readonly redirectUri: URL | undefined
  readonly api: URL | undefined
  readonly manifest: Manifest | undefined
  readonly clientId: string | undefined
  readonly cloud: MicrosoftCloud
}

/** @throws {UsageError} where one of the addresses cannot be reached */
export async function gather({ url, redirectUri, api, ...given }: Targets, reach: Reach): Promise<Facts> {
  const page = await readPage(url, reach, IN_A_FRAME)
  const redirectPage = await readPage(redirectUri ?? page.url, reach, AT_THE_TOP, page)
  return { ...given, page, redirectPage, api: api && (await askApi(api, page.url.origin, reach)) }
}

/** @param known - whose scripts are not read a second time if it is the same page */
async function readPage(
  asked: URL,
  reach: Reach,
  headers: Readonly<Record<string, string>>,
  known?: Page,
): Promise<Page> {
  const answer = await visit(asked, reach, { headers })
  return { ...answer, asked, code: known?.url.href === answer.url.href ? known.code : await codeOf(answer, reach) }
}

async function codeOf(answer: Visit, reach: Reach): Promise<PageCode> {
  return isHtml(answer) ? readScripts(answer, reach) : { text: answer.text, isComplete: true }
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
