import { isAuthError, tokenHooks } from 'twodoor'
import { auth } from './auth'

const PAUSE_MS = 1_000

/** A connection of the account that is signed in, with the token in its messages and never in the URL, which is logged. */
export function connect(url: string, onMessage: (data: string) => void): () => void {
  const hooks = tokenHooks(auth, url)
  let socket: WebSocket | undefined
  let isOver = false

  async function open(): Promise<void> {
    const { token } = await auth.getToken()
    if (isOver) return
    const opened = new WebSocket(url)
    socket = opened
    opened.onopen = () => opened.send(JSON.stringify({ token: hooks.peek()?.token ?? token }))
    opened.onmessage = ({ data }) => onMessage(data)
    opened.onclose = () => again()
  }

  function again(): void {
    if (!isOver) setTimeout(() => open().catch(onFailure), PAUSE_MS)
  }

  function onFailure(error: unknown): void {
    if (isAuthError(error) && !error.retryable) stop()
    else again()
  }

  const undos = [
    hooks.onToken(({ token }) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ token }))
    }),
    hooks.onAccount(() => stop()),
  ]

  function stop(): void {
    isOver = true
    for (const undo of undos) undo()
    socket?.close()
  }

  open().catch(onFailure)
  return stop
}
