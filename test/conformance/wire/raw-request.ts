// A request as it is written, and its answer. Not by fetch: that joins several headers of one name, and sends a
// `Sec-Fetch-Mode` of its own.

import { type IncomingMessage, request } from 'node:http'
import { request as requestTls } from 'node:https'
import { text } from 'node:stream/consumers'

export interface RawRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: URLSearchParams | undefined
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

export function sendRaw(address: string | URL, { method = 'GET', headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const url = new URL(address)
  const send = url.protocol === 'https:' ? requestTls : request
  const ofForm = body ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}
  const options = { method, headers: { ...ofForm, ...headers } as Record<string, string | string[]>, agent: false }
  return new Promise((resolve, reject) => {
    const asking = send(url, options)
    asking.once('error', reject)
    asking.once('response', (response) => void answerOf(response).then(resolve, reject))
    asking.end(body?.toString())
  })
}

async function answerOf(response: IncomingMessage): Promise<RawAnswer> {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(response.headersDistinct))
    for (const value of values) headers.append(name, value)
  return { status: Number(response.statusCode), headers, body: await text(response) }
}

/** What is in a body of JSON, or nothing. */
export function jsonIn(body: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}
