// How the split script tag finds its parts: beside itself, as classic scripts whose hashes it has. The build puts this in front
// of the core; docs/script-tag.md has the reasons. It is in the first download, so it brings nothing of the rest.

/** As load.ts has it. Here it lets the next call ask anew. */
const DEADLINE_MS = 30_000
/** Of the hash. A cache that has the file of another version is not asked for it. */
const CACHE_KEY_LENGTH = 12
/** The name to allow in `trusted-types`. */
const TRUSTED_TYPES_POLICY = 'twodoor'

/** For each file its hash, as in an `integrity` attribute, and the other parts that it needs before it runs. */
export type Parts = Record<string, readonly [integrity: string, ...needs: string[]]>

export interface Require {
  /** The exports of a file that is there. A script of the page fills them. */
  (path: string): object
  /** Loads a part. It runs once; if it cannot be loaded or throws, the next call tries again. */
  part(path: string): Promise<object>
  /** The parts that can be loaded by now: a file adds those that it loads. */
  readonly parts: Parts
}

type Body = (require: Require, exports: object) => void
/** A part leaves its body at the element that it came by. */
type PartScript = HTMLScriptElement & { twodoorPart?: Body }

/**
 * Called while the core is evaluated.
 *
 * @throws {Error} where the core is not a file of its own: a module, or inline
 */
export default function createRequire(): Require {
  // Read from the prototype: an `<img name="currentScript">` hides the property of the document.
  const own = Reflect.get(Document.prototype, 'currentScript', document) as HTMLScriptElement | null
  if (!own?.src) throw new Error('Load twodoor.js by <script src>: its parts are beside it.')
  const { src, nonce, crossOrigin } = own
  const parts: Parts = {}
  const loaded: Record<string, object> = {}
  const loading: Record<string, Promise<object>> = {}
  let toScriptUrl: ((url: string) => string) | undefined

  const require: Require = Object.assign(exportsOf, { part, parts })
  return require

  function exportsOf(path: string): object {
    loaded[path] ??= {}
    return loaded[path]
  }

  function part(path: string): Promise<object> {
    const found = loaded[path]
    if (found) return Promise.resolve(found)
    loading[path] ??= open(path).finally(() => delete loading[path])
    return loading[path]
  }

  async function open(path: string): Promise<object> {
    const [integrity, ...needs] = parts[path] as Parts[string]
    const url = new URL(path, src)
    url.search = integrity.slice(-CACHE_KEY_LENGTH)
    const [body] = await Promise.all([bodyOf(url.href, integrity), ...needs.map(part)])
    const exports = {}
    body(require, exports)
    loaded[path] = exports
    return exports
  }

  function bodyOf(url: string, integrity: string): Promise<Body> {
    const script: PartScript = document.createElement('script')
    let timer: ReturnType<typeof setTimeout>
    const running = new Promise<Body>((resolve, reject) => {
      const fail = () => reject(new Error(`Failed to load the script ${url}`))
      timer = setTimeout(fail, DEADLINE_MS)
      script.onload = () => (script.twodoorPart ? resolve(script.twodoorPart) : fail())
      script.onerror = fail
      toScriptUrl ??= createToScriptUrl(new URL('.', src).href)
      // Throws where Trusted Types refuse the address.
      Object.assign(script, { nonce, integrity, crossOrigin: crossOrigin ?? 'anonymous', src: toScriptUrl(url) })
      document.head.append(script)
    })
    return running.finally(() => {
      clearTimeout(timer)
      script.remove()
    })
  }
}

/**
 * What a page that requires Trusted Types takes for the address of a script. Any script of the page can ask for a part, so it
 * has to be a file of the folder.
 */
function createToScriptUrl(folder: string): (url: string) => string {
  const createScriptURL = (url: string) => {
    if (url.startsWith(folder)) return url
    throw new Error(`${url} is not beside twodoor.js.`)
  }
  try {
    const { trustedTypes } = window as { trustedTypes?: TrustedTypes }
    const policy = trustedTypes?.createPolicy(TRUSTED_TYPES_POLICY, { createScriptURL })
    return policy ? (url) => policy.createScriptURL(url) : createScriptURL
  } catch {
    return createScriptURL // not allowed: then the browser says so, where it requires Trusted Types at all
  }
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}
