// The developer's own app: whether it is on this machine, whether it answers, and whether it lets itself be framed.

import { lookup } from 'node:dns/promises'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { isLoopback } from '../../shared/origins.js'
import { toUrl } from '../../shared/url.js'
import { UsageError } from '../command.js'

export interface App {
  /** The page that both doors open. */
  readonly url: string
  readonly origin: string
}

const ANSWER_TIMEOUT_MS = 10_000

/** @throws {UsageError} it is no URL of a page */
export function readApp(text: string): App {
  const url = toUrl(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new UsageError(`"${text}" is no URL of a page: npx twodoor dev http://localhost:5173`)
  return { url: url.href, origin: url.origin }
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
  return { note: whyNoFrame(headers, host) }
}

async function leadsHere(hostname: string): Promise<boolean> {
  const addresses = await lookup(hostname, { all: true }).catch(() => [])
  return addresses.length > 0 && addresses.every(({ address }) => isLoopbackAddress(address))
}

function isLoopbackAddress(address: string): boolean {
  return isLoopback(new URL(isIP(address) === 6 ? `http://[${address}]/` : `http://${address}/`))
}

/** A certificate of the developer's own is as good as any: nothing is sent, and nothing that comes is believed. */
function headersOf(url: URL): Promise<IncomingMessage['headers']> {
  return new Promise((resolve, reject) => {
    const options = { headers: { accept: 'text/html' }, timeout: ANSWER_TIMEOUT_MS, agent: false }
    const asked =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, rejectUnauthorized: false })
        : requestHttp(url, options)
    asked.once('response', (response) => {
      response.destroy()
      resolve(response.headers)
    })
    asked.once('timeout', () => asked.destroy(new Error(`no answer in ${ANSWER_TIMEOUT_MS / 1000} s`)))
    asked.once('error', reject)
    asked.end()
  })
}

/** What the developer has to change for the host to show the app. */
function whyNoFrame(headers: IncomingMessage['headers'], host: string): string | undefined {
  const ancestors = /frame-ancestors\s+([^;,]*)/i.exec(String(headers['content-security-policy'] ?? ''))?.[1]
  if (ancestors !== undefined && !ancestors.split(/\s+/).includes(host))
    return `Your app says who may frame it: add ${host} to its frame-ancestors while you develop.`
  const framing = headers['x-frame-options']
  if (framing === undefined || ancestors !== undefined) return undefined
  return `Your app sends "X-Frame-Options: ${framing}", with which neither this host nor Teams can show it.`
}
