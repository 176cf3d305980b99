import { findResource, isPathOfThisOrigin, isRequest, parseResource, toUrl } from './twodoor.js'

/** Where Chainlit is served: an origin, and the path that it is mounted at. */
export interface ChainlitPage {
  /** `''`, or `/chat` where Chainlit has a root path. */
  readonly base: string
  /** Whether the page is shown in a frame, where cookies need other attributes. */
  readonly isFramed: boolean
  /** The absolute URL of one of Chainlit's own paths. */
  urlOf(path: string): string
  /** The path below the root that a call goes to, or `undefined` if it leaves this Chainlit. */
  pathOf(input: RequestInfo | URL): string | undefined
}

const ROOT_PATH = 'meta[property="og:root_path"]'

/**
 * Reads from the page where Chainlit is served, as its own frontend does. `undefined` where the page does not say so: then it
 * is not Chainlit, or an unknown version.
 */
export function readPage(window: Window): ChainlitPage | undefined {
  const { document, location } = window
  if (!/^https?:$/.test(location.protocol)) return undefined
  const root = document.querySelector(ROOT_PATH)?.getAttribute('content')
  if (root === null || root === undefined) return undefined
  const base = root.replace(/\/+$/, '')
  if (base !== '' && !isNormalizedPath(base, window)) return undefined
  const own = [parseResource(`${base}/`, location.origin)]

  const page: ChainlitPage = {
    base,
    isFramed: window.parent !== window.self,
    urlOf: (path) => `${location.origin}${base}${path}`,
    pathOf(input) {
      const address = isRequest(input) ? input.url : String(input)
      const url = toUrl(address, document.baseURI)
      return url && findResource(own, url) && url.pathname.slice(base.length)
    },
  }
  // With an encoded or an empty segment in its base the page would not recognize its own calls.
  return page.pathOf(page.urlOf('/user')) === '/user' ? page : undefined
}

/** A path that the URL parser changes is no root path of a server. */
function isNormalizedPath(base: string, window: Window): boolean {
  return isPathOfThisOrigin(base, window) && new URL(base, window.location.origin).pathname === base
}
