// The live wire: what the server tells of Entra ID, and what the host of this page hears and says.

import type { TranscriptEntry } from '../../../testing/teams/transcript.js'
import type { SeenToken, WireEvent, WireLine } from '../wire.js'
import { appendTo, element, timeOf } from './elements.js'

const LONGEST_LOG = 300

interface ShownLine extends Omit<WireLine, 'from'> {
  readonly from: WireLine['from'] | 'host'
}

export interface WireLog {
  /** A message of the host, without its content. */
  add(entry: TranscriptEntry): void
}

export function createWireLog(
  list: HTMLElement,
  heard: { token(token: SeenToken): void; line(line: WireLine): void },
): WireLog {
  let events = listen()
  addEventListener('pagehide', () => events.close())
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) events = listen()
  })

  function listen(): EventSource {
    const source = new EventSource('/events')
    source.addEventListener('message', ({ data }) => hear(JSON.parse(data as string) as WireEvent))
    // A server tells its past to whoever connects: what is there of it would stand twice.
    source.addEventListener('open', () => {
      for (const line of list.querySelectorAll('li:not(.host)')) line.remove()
    })
    return source
  }

  function hear(event: WireEvent): void {
    if (event.type === 'token') {
      heard.token(event.token)
      return
    }
    show(event.line)
    heard.line(event.line)
  }

  function show({ at, from, what, result, tone }: ShownLine): void {
    const line = element('li', `${from} ${tone}`)
    const deed = element('span', 'what', what)
    if (result) deed.append(' ', element('span', 'result', result))
    line.append(element('time', '', timeOf(at, 'millisecond')), element('b', 'from', from), deed)
    appendTo(list, line, LONGEST_LOG)
  }

  return { add: (entry) => show(lineOf(entry)) }
}

function lineOf({ at, direction, func, summary }: TranscriptEntry): ShownLine {
  const isRequest = direction === 'received' || direction === 'ignored' || direction === 'refused'
  const what = `${isRequest ? '' : `${direction}: `}${func || direction}${isRequest && summary ? ` (${summary})` : ''}`
  const result = isRequest ? { ignored: 'no answer', refused: 'refused', received: '' }[direction] : summary
  const isBad = direction === 'refused' || direction === 'ignored'
  return { at, from: 'host', what, result, tone: isBad ? 'bad' : 'plain' }
}
