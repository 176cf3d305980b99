import { findResource, isPathOfThisOrigin, isRequest, parseResource, toUrl } from './twodoor.js'

/** Where Chainlit lives: an origin, and the path that it is mounted at. */
export interface ChainlitPage {
  /** `''`, or `/chat` where Chainlit has a root path. */
  readonly base: string
  /** The absolute URL of one of Chainlit's own paths. */
  urlOf(path: string): string
  /** The path below the root that a call goes to, or `undefined` if it leaves this Chainlit. */
  pathOf(input: RequestInfo | URL): string | undefined
}

const ROOT_PATH = 'meta[property="og:root_path"]'

/**
 * Reads from the page where Chainlit lives, as its own frontend does. `undefined` where it does not say so: then it is no
 * Chainlit, or one that nobody here has seen.
 */
export function readPage(window: Window): ChainlitPage | undefined {
  const { document, location } = window
  if (!/^https?:$/.test(location.protocol)) return undefined
  const root = document.querySelector(ROOT_PATH)?.getAttribute('content')
  if (root === null || root === undefined) return undefined
  const base = root.replace(/\/+$/, '')
  if (base !== '' && !isPlainPath(base, window)) return undefined
  const own = [parseResource(`${base}/`, location.origin)]

  const page: ChainlitPage = {
    base,
    urlOf: (path) => `${location.origin}${base}${path}`,
    pathOf(input) {
      const address = isRequest(input) ? input.url : String(input)
      const url = toUrl(address, document.baseURI)
      return url && findResource(own, url) && url.pathname.slice(base.length)
    },
  }
  // With an encoded or an empty segment in its base a page would not know its own calls.
  return page.pathOf(page.urlOf('/user')) === '/user' ? page : undefined
}

/** What the URL parser would change is no path that a server of ours could have meant. */
function isPlainPath(base: string, window: Window): boolean {
  return isPathOfThisOrigin(base, window) && new URL(base, window.location.origin).pathname === base
}
