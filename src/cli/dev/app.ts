// The developer's own app: whether it is on this machine, whether it answers, and whether it lets itself be framed.

import { lookup as lookupWithCallback } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isLoopback } from '../../shared/origins.js'
import { toUrl } from '../../shared/url.js'
import { UsageError } from '../command.js'
import { allows, ancestorLists, isKeptOutOfFrames } from '../policy.js'

export interface App {
  /** The page that both doors open. */
  readonly url: string
  readonly origin: string
}

const ANSWER_TIMEOUT_MS = 10_000

/** @throws {UsageError} it is not the URL of a page, or the page of the host could not frame it */
export function readApp(text: string): App {
  const url = toUrl(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new UsageError(`"${text}" is not the URL of a page: npx twodoor dev http://localhost:5173`)
  // CSP Level 3, §2.3.1: a host source has no form for it, so `frame-src` of the host's page would block the app.
  if (url.hostname === '[::1]')
    throw new UsageError(`No Content-Security-Policy can name an IPv6 address: npx twodoor dev ${withLocalhost(url)}`)
  return { url: url.href, origin: url.origin }
}

function withLocalhost(url: URL): string {
  return Object.assign(new URL(url), { hostname: 'localhost' }).href
}

/**
 * Everybody is signed in here, so the app may be on this machine alone. Then no browser asks for its permission to reach the
 * local network either.
 *
 * @throws {UsageError} the app is elsewhere, or nobody answers
 */
export async function checkApp(app: App, host: string): Promise<{ readonly note: string | undefined }> {
  const url = new URL(app.url)
  if (!isLoopback(url) && !(await leadsHere(url.hostname)))
    throw new UsageError(
      `${app.origin} is not on this machine: dev signs in anybody, so it takes apps on loopback alone.`,
    )
  const headers = await headersOf(url).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`Nothing answers at ${app.url} (${error.code ?? error.message}): start your app first.`)
  })
  return { note: whyNoFrame(headers, app, host) }
}

async function leadsHere(hostname: string): Promise<boolean> {
  const addresses = await lookup(hostname, { all: true }).catch(() => [])
  return addresses.length > 0 && addresses.every(({ address }) => isLoopbackAddress(address))
}

function isLoopbackAddress(address: string): boolean {
  return isLoopback(new URL(isIP(address) === 6 ? `http://[${address}]/` : `http://${address}/`))
}

/** RFC 6761, §6.3: names below `localhost` lead to this machine. Browsers know that, and resolvers often do not. */
const lookupLocalhost: LookupFunction = (_hostname, options, done) => lookupWithCallback('localhost', options, done)

/** Takes a self-signed certificate too: the request carries no secret, and of the answer only the framing headers are read. */
function headersOf(url: URL): Promise<Headers> {
  return new Promise((resolve, reject) => {
    const options = {
      headers: { accept: 'text/html' },
      timeout: ANSWER_TIMEOUT_MS,
      agent: false,
      ...(url.hostname.endsWith('.localhost') && { lookup: lookupLocalhost }),
    }
    const asked =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, rejectUnauthorized: false })
        : requestHttp(url, options)
    asked.once('response', (response) => {
      response.destroy()
      resolve(new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)])))
    })
    asked.once('timeout', () => asked.destroy(new Error(`no answer in ${ANSWER_TIMEOUT_MS / 1000} s`)))
    asked.once('error', reject)
    asked.end()
  })
}

/** What the developer has to change for the host to show the app. */
function whyNoFrame(headers: Headers, app: App, host: string): string | undefined {
  if (!ancestorLists(headers).every((list) => allows(list, host, app.origin)))
    return `Your app says who may frame it: add ${host} to its frame-ancestors while you develop.`
  if (!isKeptOutOfFrames(headers)) return undefined
  return `Your app sends "X-Frame-Options: ${headers.get('x-frame-options')}", with which neither this host nor Teams can show it.`
}
