// Between Node's request and response and the web standard's, in both directions.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Reads the whole body first: what these tests send is small. */
export async function toWebRequest(
  message: IncomingMessage,
  url: string,
  signal: AbortSignal | null = null,
): Promise<Request> {
  const chunks: Uint8Array[] = []
  for await (const chunk of message) chunks.push(chunk as Uint8Array)
  const method = message.method ?? 'GET'
  const body = method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks)
  return new Request(url, { method, headers: toWebHeaders(message), body, signal })
}

function toWebHeaders(message: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  return headers
}

export async function sendWebResponse(answer: Response, response: ServerResponse): Promise<void> {
  // The connection breaks.
  if (answer.type === 'error') return void response.destroy()
  response.statusCode = answer.status
  for (const [name, value] of answer.headers) response.appendHeader(name, value) // each Set-Cookie comes on its own
  if (!answer.body) return void response.end()
  await pipeline(Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]), response)
}
