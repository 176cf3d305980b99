// The life of the connection: how it stands, how long it has held, and how often its token was renewed meanwhile.

import type { AuthEvent } from 'twodoor'
import { element, spanOf, timeOf } from '../../src/cli/dev/page/elements.js'

type SocketAction = Extract<AuthEvent, { type: 'socket' }>['action']

export type SocketStatus = 'connected' | 'connecting' | 'refused' | 'waiting' | 'resumed' | 'gave-up' | 'closed'

/** The time goes on all the while, so it is no part of what is announced. */
export const socketPanelMarkup = `
<h3>Chat <small>over Socket.IO</small> <span class="socket" data-part="socket" role="status"></span>
  <button type="button" data-part="connect" hidden>Connect</button></h3>
<div class="life">
  <p data-part="held"></p>
  <p class="renewals" data-part="renewals" role="status"></p>
</div>`

export interface SocketPanel {
  show(status: SocketStatus): void
  /** Shows, and marks, what twodoor did. */
  follow(action: SocketAction): void
  /** To be called every second. */
  tick(): void
}

const texts: Record<SocketStatus, string> = {
  connected: 'connected',
  connecting: 'connecting',
  refused: 'refused, tries again',
  waiting: 'waits for sign-in',
  resumed: 'signed in, connecting',
  'gave-up': 'gave up',
  closed: 'closed',
}
const statusAfter: Record<Exclude<SocketAction, 'renewed'>, SocketStatus> = {
  refused: 'refused',
  paused: 'waiting',
  resumed: 'resumed',
  'gave-up': 'gave-up',
}

export function createSocketPanel(part: (name: string) => HTMLElement): SocketPanel {
  let connectedAt: number | undefined
  let renewals = 0

  function show(status: SocketStatus): void {
    part('socket').textContent = texts[status]
    part('socket').dataset['status'] = status
    part('connect').hidden = status !== 'gave-up'
    part('send').toggleAttribute('disabled', status !== 'connected')
    if (status === 'connected') begin()
    else end()
  }

  function begin(): void {
    connectedAt = Date.now()
    renewals = 0
    part('renewals').replaceChildren()
    tick()
  }

  /** What the last connection came to stays there until the next one. */
  function end(): void {
    if (connectedAt === undefined) return
    const now = Date.now()
    part('held').textContent = `was connected for ${spanOf(now - connectedAt)}, until ${timeOf(now)}`
    connectedAt = undefined
  }

  function tick(): void {
    if (connectedAt === undefined) return
    part('held').textContent = `connected for ${spanOf(Date.now() - connectedAt)} without a break`
  }

  function follow(action: SocketAction): void {
    if (action === 'renewed') countRenewal()
    else showMarked(statusAfter[action])
  }

  function showMarked(status: SocketStatus): void {
    show(status)
    mark(part('socket'), texts[status])
  }

  function countRenewal(): void {
    renewals += 1
    const often = renewals === 1 ? 'once' : `${renewals} times`
    mark(part('renewals'), `token renewed ${often}, last at ${timeOf(Date.now())}`)
  }

  return { show, follow, tick }
}

/** A new element each time: its animation begins anew. */
function mark(place: HTMLElement, text: string): void {
  place.replaceChildren(element('span', 'just-now', text))
}
