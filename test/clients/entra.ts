// Entra ID with an app that is a web app, a desktop app and an API, for clients that nobody here wrote.

import dns from 'node:dns'
import { type RunningEntraEmulator, type StartEntraOptions, startEntraEmulator } from '../../src/testing/node.js'
import { readCertificate } from './certificate.js'
import { createPerson, type Person } from './person.js'

export const ADELE = 'adele@contoso.example'
export const CALLBACK = 'http://localhost:8000/callback'
export const DESKTOP = 'http://localhost'
export const SECRET = 'the secret of these tests, and of nothing else'

export interface EntraForClients {
  readonly entra: RunningEntraEmulator
  readonly person: Person
  /** The host with its port, as `knownAuthorities` has it. */
  readonly host: string
  readonly authority: string
  readonly scope: string
  /** How many requests came to the token endpoint since the last call. */
  tokenRequests(): number
  close(): Promise<void>
}

export async function startEntra(options: StartEntraOptions = {}): Promise<EntraForClients> {
  const hosts = watchHosts()
  const web = { redirectUris: [CALLBACK], clientSecret: SECRET }
  const publicClient = { redirectUris: [DESKTOP] }
  const entra = await startEntraEmulator({ tls: readCertificate(), web, publicClient, ...options })
  return {
    entra,
    person: createPerson(entra.url),
    host: new URL(entra.url).host,
    authority: `${entra.url}/${entra.tenant}`,
    scope: entra.scopes[0] ?? '',
    tokenRequests() {
      const count = entra.requests.filter(({ endpoint }) => endpoint === 'token').length
      entra.clearRequests()
      return count
    },
    async close() {
      await entra.close()
      const strangers = hosts.stop()
      if (strangers.length > 0) throw new Error(`A client asked for ${strangers.join(', ')}`)
    },
  }
}

/** Notes each host that a client looks up. No client of these tests has any business beyond this machine. */
function watchHosts(): { stop(): string[] } {
  const { lookup } = dns
  const strangers = new Set<string>()
  const watched = (host: string, ...rest: unknown[]) => {
    if (host !== 'localhost' && host !== '127.0.0.1') strangers.add(host)
    return Reflect.apply(lookup, dns, [host, ...rest])
  }
  dns.lookup = Object.assign(watched, lookup) as typeof lookup
  return {
    stop() {
      dns.lookup = lookup
      return [...strangers]
    },
  }
}
