// Who may ask for what. Any page that is open in the developer's browser can send requests to this machine.

/** Where the parts are reached. Both are this machine. */
export interface DevOrigins {
  readonly app: string
  /** A site of its own, so that a browser keeps apart what the app stores there and in a tab, as it does with Teams. */
  readonly host: string
  readonly entra: string
}

export function devOrigins(app: string, port: number): DevOrigins {
  const originOf = (name: string) => new URL(`http://${name}:${port}`).origin // which leaves out port 80, as browsers do
  return { app, host: originOf('teams.localhost'), entra: originOf('localhost') }
}

/**
 * The part that a request is for, by the name that it asks under: a foreign name that has been made to lead to this machine
 * (DNS rebinding) is none.
 */
export function partOf(request: Request, { host, entra }: DevOrigins): 'host' | 'entra' | undefined {
  const { origin } = new URL(request.url)
  if (origin === host) return 'host'
  return origin === entra ? 'entra' : undefined
}

/** Entra ID is asked by navigations, which have no `Origin`, by its own pages, and by the app. */
export function mayAskEntra(request: Request, { app, entra }: DevOrigins): boolean {
  const origin = request.headers.get('origin')
  return origin === null || origin === app || origin === entra
}

/** What changes something, or gives a token, is for the host's own page alone. */
export function isFromHostPage(request: Request, { host }: DevOrigins): boolean {
  const isJson = request.headers.get('content-type')?.split(';')[0] === 'application/json'
  return request.method === 'POST' && isJson && request.headers.get('origin') === host
}

/** Reading is for its own page too. A browser too old to say whose page asks does not let others read it anyway. */
export function mayRead(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site')
  return site === null || site === 'same-origin' || site === 'none'
}
