// A person with a browser, as far as a sign-in needs one: cookies, redirects, and clicks in the forms of the pages.

export interface Person {
  /** Signs in at the page that `url` shows or leads to. Resolves with what the browser is to do afterwards. */
  signIn(url: string | URL, username: string): Promise<Landing>
  /** Goes on from a sign-in, or to an address, and follows redirects to a page. */
  open(target: string | URL | Landing): Promise<Visit>
}

/** What Entra ID sends the browser to, and with what: in the query, or in a form that posts itself. */
export interface Landing {
  readonly url: URL
  readonly fields: URLSearchParams
  readonly isPost: boolean
}

export interface Visit {
  /** Where the browser is, or where it would leave Entra ID for. */
  readonly url: URL
  readonly status: number
  readonly text: string
}

const MOST_REDIRECTS = 10

/**
 * @param entra the origin of Entra ID: whatever leads away from it is where a sign-in ends
 * @param send reaches it
 */
export function createPerson(entra: string, send: typeof fetch = fetch): Person {
  const jars = new Map<string, Map<string, string>>()
  const leavesEntra = (url: URL) => url.origin !== entra
  const never = () => false

  async function request(url: URL, init: RequestInit = {}): Promise<Response> {
    const jar = jars.get(url.host) ?? new Map<string, string>()
    jars.set(url.host, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await send(url, { ...init, redirect: 'manual', headers: { ...(cookie && { cookie }) } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = line.match(/^([^=]+)=([^;]*)/) ?? []
      jar.set(name, value)
    }
    return response
  }

  async function visit(
    url: URL,
    init?: RequestInit,
    isEnd: (url: URL) => boolean = never,
    left = MOST_REDIRECTS,
  ): Promise<Visit> {
    const response = await request(url, init)
    const text = await response.text()
    const location = response.headers.get('location')
    if (!location) return { url, status: response.status, text }
    const next = new URL(location, url)
    if (isEnd(next)) return { url: next, status: response.status, text }
    if (left === 0) throw new Error(`Redirected without an end, at last to ${next.origin}${next.pathname}`)
    return visit(next, undefined, isEnd, left - 1)
  }

  return {
    open(target) {
      if (typeof target === 'string' || target instanceof URL) return visit(new URL(target))
      return visit(target.url, target.isPost ? { method: 'POST', body: target.fields } : undefined)
    },
    async signIn(url, username) {
      const shown = await visit(new URL(url))
      const action = new URL(formIn(shown.text).action, shown.url)
      const body = new URLSearchParams({ emulator_user: username })
      const left = await visit(action, { method: 'POST', body }, leavesEntra)
      if (leavesEntra(left.url)) return { url: left.url, fields: left.url.searchParams, isPost: false }
      const form = formIn(left.text)
      return { url: new URL(form.action), fields: form.fields, isPost: true }
    },
  }
}

/** The one form of a page, with what it sends by itself. */
function formIn(page: string): { action: string; fields: URLSearchParams } {
  const [, action] = page.match(/<form method="post" action="([^"]*)"/) ?? []
  if (action === undefined) throw new Error(`There is no form in ${page}`)
  const inputs = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
  const fields = inputs.map(([, name = '', value = '']) => [unescapeHtml(name), unescapeHtml(value)])
  return { action: unescapeHtml(action), fields: new URLSearchParams(fields) }
}

function unescapeHtml(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}
