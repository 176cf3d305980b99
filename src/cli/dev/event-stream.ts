import type { Wire, WireEvent } from './wire.js'

/** How long a page waits before it connects again, in milliseconds. */
const RETRY_MS = 1_000

/** What went over the wire, as server-sent events: the past first, then whatever comes. */
export function eventStream(wire: Wire, ended: AbortSignal): Response {
  const encoder = new TextEncoder()
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      const send = (event: WireEvent) => stream.enqueue(encoder.encode(`data: ${JSON.stringify(event)}\n\n`))
      stream.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`))
      wire.past().forEach(send)
      const unsubscribe = wire.subscribe(send)
      const end = () => {
        stop()
        stream.close()
      }
      stop = () => {
        unsubscribe()
        ended.removeEventListener('abort', end)
      }
      ended.addEventListener('abort', end, { once: true })
      if (ended.aborted) end()
    },
    cancel: () => stop(),
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}
