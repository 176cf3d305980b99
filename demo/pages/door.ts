// The app itself: sign-in, an API call, a picture and a chat. The same code runs in both doors; twodoor knows which one it is.

import type { Auth, AuthEvent, AuthState } from 'twodoor'
import { authOptions } from './config.js'
import { openSession } from './door-session.js'
import { type ChatMessage, createDoorView, type DoorView } from './door-view.js'
import type { Library } from './library.js'

export type DoorName = 'browser' | 'teams'

type ChatSocket = ReturnType<Library['io']>

const TICK_MS = 1_000

/** Opens the app in `root`. `door` is only a label for the server's log: nothing is decided by it. */
export function openDoor(library: Library, { door, root }: { door: DoorName; root: HTMLElement }): Auth {
  const view = createDoorView(root)
  const auth = library.createAuth({
    ...authOptions(),
    onEvent: (event) => {
      const note = noteOf(event)
      if (note) view.note(note)
      if (event.type === 'socket') view.socket.follow(event.action)
    },
  })
  const chat = createChat(library, auth, door, view)
  const showSession = openSession(library, auth, view)

  function show(state: AuthState): void {
    document.documentElement.dataset['theme'] = state.host.theme ?? ''
    view.showState(state)
    view.showToken(auth.explain())
    showSession()
    chat.follow(state)
  }

  view.on('sign-in', () => void attempt(view, 'Sign-in', () => auth.signIn()))
  view.on('sign-out', () => void attempt(view, 'Sign-out', () => auth.signOut()))
  view.on('call', () => void callApi(auth, door, view))
  view.on('connect', chat.connect)
  view.onMessage(chat.send)
  view.socket.show('closed')
  auth.subscribe(show)
  show(auth.state)
  setInterval(() => {
    view.showToken(auth.explain())
    view.socket.tick()
    showSession()
  }, TICK_MS)
  return auth
}

async function callApi(auth: Auth, door: DoorName, view: DoorView): Promise<void> {
  const startedAt = performance.now()
  try {
    const response = await auth.fetch('/api/me', { headers: { 'x-demo-door': door } })
    const { name, issuedTo, error } = (await response.json()) as { name?: string; issuedTo?: string; error?: string }
    const took = Math.round(performance.now() - startedAt)
    const told = response.ok ? `${name}, by a token issued to ${issuedTo}` : error
    view.showAnswer(`${response.status} in ${took} ms: ${told}`, response.ok)
  } catch (error) {
    view.showAnswer(reasonOf(error), false)
  }
}

async function attempt(view: DoorView, what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    view.note(`${what}: ${reasonOf(error)}`)
  }
}

/** One socket for one account. While a sign-in is awaited twodoor pauses it; another account gets another socket. */
function createChat({ io, withSocketAuth }: Library, auth: Auth, door: DoorName, view: DoorView) {
  let socket: ChatSocket | undefined
  let owner: string | undefined

  function open(): ChatSocket {
    const opened = withSocketAuth(io, auth)({ query: { door } })
    opened.on('connect', () => view.socket.show('connected'))
    opened.on('disconnect', () => view.socket.show('connecting'))
    opened.on('history', (messages: ChatMessage[]) => view.showMessages(messages))
    opened.on('chat', (message: ChatMessage) => view.addMessage(message))
    view.socket.show('connecting')
    return opened
  }

  function close(): void {
    socket?.disconnect()
    socket = undefined
    view.socket.show('closed')
  }

  return {
    follow(state: AuthState): void {
      const key = 'account' in state ? state.account?.key : undefined
      if (owner !== key) {
        close()
        owner = key
      }
      if (state.status === 'signed-in') socket ??= open()
    },
    connect: () => void socket?.connect(),
    send(text: string): void {
      socket?.emit('chat', text)
    },
  }
}

function noteOf(event: AuthEvent): string | undefined {
  if (event.type === 'token') return event.unchanged ? 'same token again' : 'new token'
  if (event.type === 'renewal-failed') return `no new token: ${event.error.code}`
  if (event.type === 'redirect') return 'leaving for Entra ID'
  if (event.type === 'replay') return '401: renewed, called again'
  if (event.type === 'socket') return `socket ${event.action}${event.error ? `: ${event.error.code}` : ''}`
  return event.type === 'warning' ? event.message : undefined
}

function reasonOf(error: unknown): string {
  const { code, remedy } = error as { code?: string; remedy?: string }
  return code && remedy ? `${code}. ${remedy}` : String(error)
}
