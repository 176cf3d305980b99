import { isAuthError, tokenHooks } from 'twodoor'
import { auth } from './auth'

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** The server closes with it where a token is refused, or is over. */
const UNAUTHORIZED = 4401

/**
 * A connection of the account that is signed in, with the token in its messages and never in the URL, which is logged. It ends
 * where the server refuses a fresh token too.
 */
export function connect(url: string, onMessage: (data: string) => void): () => void {
  const hooks = tokenHooks(auth, url)
  let socket: WebSocket | undefined
  let sent: string | undefined
  let rejectedToken: string | undefined
  let pause = FIRST_PAUSE_MS
  let isOver = false

  async function open(): Promise<void> {
    const { token } = await auth.getToken(undefined, { rejectedToken })
    if (isOver) return
    socket = new WebSocket(url)
    socket.onopen = () => send(hooks.peek()?.token ?? token)
    socket.onmessage = ({ data }) => {
      pause = FIRST_PAUSE_MS
      rejectedToken = undefined
      onMessage(data)
    }
    socket.onclose = ({ code }) => (code === UNAUTHORIZED ? onRefusal() : again())
  }

  function send(token: string): void {
    if (socket?.readyState !== WebSocket.OPEN) return
    sent = token
    socket.send(JSON.stringify({ token }))
  }

  function onRefusal(): void {
    if (rejectedToken !== undefined) stop() // `again` does nothing any more
    rejectedToken = sent
    again()
  }

  function again(): void {
    if (isOver) return
    setTimeout(() => open().catch(onFailure), pause)
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  }

  function onFailure(error: unknown): void {
    if (isAuthError(error) && !error.retryable) stop()
    else again()
  }

  const undos = [hooks.onToken(({ token }) => send(token)), hooks.onAccount(() => stop())]

  function stop(): void {
    isOver = true
    for (const undo of undos) undo()
    socket?.close()
  }

  open().catch(onFailure)
  return stop
}
