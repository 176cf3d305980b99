import type { EntraCall } from './call.js'
import type { Policies, SignedInUser } from './policies.js'
import { randomText } from './random.js'
import type { EntraUser } from './users.js'

/** Who is signed in at Entra ID, in each browser. The session cookie holds nothing but the name of a session. */
export interface BrowserSessions {
  /** Those signed in in the browser of this request, in the order they came. */
  of(call: EntraCall): readonly SignedInUser[]
  /** Adds a user. `headers` set the session cookie. */
  signIn(call: EntraCall, user: EntraUser): { signIn: SignedInUser; headers: Record<string, string> }
  /** Removes one user, or all. */
  signOut(call: EntraCall, user: EntraUser | undefined): void
  clear(): void
  /** The sessions by their names, with the names of the sign-ins. */
  keep(): readonly KeptSession[]
}

export interface KeptSession {
  readonly name: string
  readonly sids: readonly string[]
}

/** A page may neither read nor set cookies on requests. An emulator that runs in one serves that page alone. */
const ONLY_SESSION = 'page'

export function createBrowserSessions(
  url: string,
  policies: Policies,
  kept: readonly KeptSession[] = [],
): BrowserSessions {
  const sessions = new Map<string, readonly SignedInUser[]>(
    kept.map(({ name, sids }) => [name, sids.flatMap((sid) => policies.signInNamed(sid) ?? [])]),
  )
  const { protocol, port } = new URL(url)
  // Cookies know no ports: two emulators on localhost would take each other's.
  const cookieName = port ? `ESTSAUTH-${port}` : 'ESTSAUTH'
  const attributes = protocol === 'https:' ? 'SameSite=None; Secure' : 'SameSite=Lax'
  const single = !carriesCookies()

  const nameOf = ({ cookies }: EntraCall) => (single ? ONLY_SESSION : cookies.get(cookieName))
  /** A session that the emulator does not know is not begun under the name that a cookie asks for. */
  const newName = () => (single ? ONLY_SESSION : randomText(24))
  const of = (call: EntraCall) => sessions.get(nameOf(call) ?? '') ?? []
  return {
    of,
    signIn(call, user) {
      const before = of(call).find((each) => each.user === user)
      const sid = before && !policies.isRevoked(before) ? before.sid : crypto.randomUUID()
      const signIn = policies.signIn(user, sid)
      const others = of(call).filter((each) => each.user !== user)
      const isNew = others.length === 0 && !before
      const name = isNew ? newName() : (nameOf(call) ?? '')
      sessions.set(name, [...others, signIn])
      return { signIn, headers: { 'set-cookie': `${cookieName}=${name}; Path=/; HttpOnly; ${attributes}` } }
    },
    signOut(call, user) {
      const left = of(call).filter((each) => user && each.user !== user)
      const name = nameOf(call) ?? ''
      if (left.length > 0) sessions.set(name, left)
      else sessions.delete(name)
    },
    clear: () => sessions.clear(),
    keep: () => [...sessions].map(([name, signIns]) => ({ name, sids: signIns.map(({ sid }) => sid) })),
  }
}

/** Browsers drop the `Cookie` and `Origin` of a request that a script makes; servers do not. */
export function carriesCookies(): boolean {
  return new Request('https://login.localhost/', { headers: { cookie: 'a=b' } }).headers.has('cookie')
}
