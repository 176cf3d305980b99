// What pages sent, for the tests that ask where a token went.

import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import type { Page } from 'playwright'

const BODY_LIMIT_CHARACTERS = 1_000_000

export interface SentRequest {
  readonly method: string
  readonly host: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  /** The body as text, as far as it has arrived, up to a million characters. */
  body: string
}

/** A message that a page sent over a WebSocket. */
export interface SentFrame {
  readonly url: string
  readonly text: string
}

export interface Traffic {
  /** Every request, WebSocket handshakes included, in the order of arrival. */
  readonly requests: SentRequest[]
  readonly frames: SentFrame[]
  /** Where a text went: `header authorization of GET https://…`, `body of …`, `URL of …`, `message to wss://…`. */
  whereSent(text: string): string[]
}

export interface TrafficWatch extends Traffic {
  record(message: IncomingMessage): SentRequest
  watchPage(page: Page): void
}

export function watchTraffic(): TrafficWatch {
  const requests: SentRequest[] = []
  const frames: SentFrame[] = []
  return {
    requests,
    frames,
    record(message) {
      const sent = toSentRequest(message)
      requests.push(sent)
      copyBody(message, sent)
      return sent
    },
    watchPage(page) {
      page.on('websocket', (socket) => {
        socket.on('framesent', ({ payload }) => frames.push({ url: socket.url(), text: payload.toString() }))
      })
    },
    whereSent(text) {
      const places = requests.flatMap((sent) => placesIn(sent, text))
      return [...places, ...frames.filter((sent) => sent.text.includes(text)).map((sent) => `message to ${sent.url}`)]
    },
  }
}

function toSentRequest(message: IncomingMessage): SentRequest {
  const { method = 'GET', headers } = message
  const host = headers.host ?? ''
  const scheme = headers.upgrade ? 'wss' : 'https'
  return { method, host, url: `${scheme}://${host}${message.url ?? '/'}`, headers, body: '' }
}

/** Copies what Node's parser pushes in. A listener for `data` would start the stream before its reader is there. */
function copyBody(message: IncomingMessage, sent: SentRequest): void {
  const push = message.push.bind(message)
  const decoder = new StringDecoder('utf8')
  message.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk && sent.body.length < BODY_LIMIT_CHARACTERS) sent.body += decoder.write(chunk)
    return push(chunk, encoding)
  }
}

function placesIn(sent: SentRequest, text: string): string[] {
  const address = `${sent.method} ${sent.url.split('?')[0]}`
  const places = Object.entries(sent.headers)
    .filter(([, value]) => String(value).includes(text))
    .map(([name]) => `header ${name} of ${address}`)
  if (sent.url.includes(text)) places.push(`URL of ${address}`)
  if (sent.body.includes(text)) places.push(`body of ${address}`)
  return places
}
