import type { EntraCall, EntraEndpoint } from './call.js'

/** One request that came to the emulator. It never holds a code, a verifier, a token or the value of a cookie. */
export interface EntraRequest {
  readonly endpoint: EntraEndpoint | 'unknown'
  readonly method: string
  readonly path: string
  /** The parameters of query and form. Of those that could be secret only the name, with the value `hidden`. */
  readonly parameters: Readonly<Record<string, string>>
  readonly origin: string | undefined
  /** The names of the cookies. */
  readonly cookies: readonly string[]
  /** When it came, in milliseconds since the epoch. */
  readonly time: number
  /** The status of the answer; 0 if the connection was dropped, `undefined` until there is one. */
  readonly status: number | undefined
  /** The number of the error that was answered. */
  readonly aadsts: number | undefined
}

export interface RequestLog {
  entries(): readonly EntraRequest[]
  /** Returns the function that adds the answer. */
  add(call: EntraCall, time: number): (status: number, aadsts: number | undefined) => void
  clear(): void
}

/** More requests than any test looks at; the oldest are dropped. */
const LONGEST_LOG = 1000

/** A parameter that is not known to be harmless is not written down. */
const harmless =
  /^(client_id|scope|redirect_uri|post_logout_redirect_uri|response_type|response_mode|grant_type|prompt|login_hint|logout_hint|domain_hint|sid|claims|client_info|code_challenge_method|client-request-id|x-client-.*|emulator_(user|step))$/

export function createRequestLog(): RequestLog {
  const entries: EntraRequest[] = []
  return {
    entries: () => [...entries],
    add(call, time) {
      const { endpoint, method, path, origin } = call
      const parameters = shownParameters(call)
      const cookies = [...call.cookies.keys()]
      const entry = { endpoint, method, path, parameters, origin, cookies, time }
      const open = { ...entry, status: undefined, aadsts: undefined }
      entries.push(open)
      if (entries.length > LONGEST_LOG) entries.shift()
      return (status, aadsts) => {
        const index = entries.indexOf(open)
        if (index >= 0) entries[index] = { ...entry, status, aadsts }
      }
    },
    clear: () => void entries.splice(0),
  }
}

function shownParameters({ query, form }: EntraCall): Record<string, string> {
  const shown = [...form, ...query].map(([name, value]) => [name, harmless.test(name) ? value : 'hidden'] as const)
  return Object.fromEntries(shown)
}
