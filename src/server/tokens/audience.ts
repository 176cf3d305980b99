// Which `aud` means this app. Version 2.0 tokens have its client ID there, version 1.0 tokens, Entra ID's default, its
// Application ID URI as it was asked for (Microsoft Learn, "Access token claims reference").

/** The settings of a verifier that decide which API a token has to be for. */
export interface AudienceSettings {
  readonly clientId: string
  /** The hosts that an Application ID URI may have before the client ID. */
  readonly hosts: readonly string[] | 'any'
  /** Compared exactly. */
  readonly audiences: readonly string[]
}

const label = String.raw`[a-z\d]+(?:-+[a-z\d]+)*`
const host = String.raw`${label}(?:\.${label})*(?::\d{1,5})?`
/** `<ID>`, `api://<ID>` or `api://<host>/<ID>`, and nothing before, between or after. */
const nameOfApp = new RegExp(`^(?:api://(?:(${host})/)?)?([^/]+)$`, 'i')

/**
 * Whether `aud` is this app. Without other settings any host passes: a server does not know that of the app registration.
 * What Microsoft's rules for such URIs leave open is in SECURITY.md (Microsoft Learn, "Restrictions on identifier URIs of Microsoft Entra
 * applications"). Entra ID compares them without regard to case.
 */
export function isForThisApp(aud: unknown, { clientId, hosts, audiences }: AudienceSettings): boolean {
  if (typeof aud !== 'string') return false
  if (audiences.includes(aud)) return true
  const [, named, id] = nameOfApp.exec(aud)?.map((each) => each?.toLowerCase()) ?? []
  if (id !== clientId) return false
  return named === undefined || hosts === 'any' || hosts.includes(named)
}

/** For the log: what `aud` may be, and what to change where the app has another name. */
export function whyNotForThisApp({ clientId, hosts, audiences }: AudienceSettings): string {
  const uris = (hosts === 'any' ? ['<any host>'] : hosts).map((each) => `api://${each}/${clientId}`)
  const known = [clientId, `api://${clientId}`, ...uris, ...audiences]
  const ofOrigin = hosts === 'any' ? '' : ', or the origin in it in `origins`'
  const remedy = `If your Application ID URI is another one, name it in \`audiences\`${ofOrigin}.`
  return `\`aud\` is none of ${known.join(', ')}. ${remedy} If not, correct the \`scopes\` of the page: they are of another API.`
}
