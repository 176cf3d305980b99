import type { Wire, WireEvent } from './wire.js'

/** How long a page waits before it connects again, in milliseconds. */
const RETRY_MS = 1_000

/**
 * What went over the wire, as server-sent events: the past first, then whatever comes.
 *
 * @param ends - any of them ends the stream. Not one signal: `AbortSignal.any` came with Node 20.3
 */
export function eventStream(wire: Wire, ends: readonly AbortSignal[]): Response {
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
        for (const signal of ends) signal.removeEventListener('abort', end)
      }
      for (const signal of ends) signal.addEventListener('abort', end)
      if (ends.some(({ aborted }) => aborted)) end()
    },
    cancel: () => stop(),
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}
