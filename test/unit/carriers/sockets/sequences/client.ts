// What the app has: real sockets, and its own record of what it wanted, sent and heard.

import { Manager, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import type { TokenProvider } from '../../../../../src/carriers/internals.js'
import type { withSocketAuth } from '../../../../../src/carriers/sockets/wrap.js'
import { isAuthError } from '../../../../../src/shared/errors.js'
import type { Network } from './network.js'
import type { Setting, User } from './sequence.js'
import type { Note, Peer } from './server.js'

type Engine = Socket['io']['engine']

export interface Message extends Note {
  /** Where it has arrived, in turn. */
  readonly arrivals: Peer[]
  acknowledged: boolean
  /** It was written after a sign-out and before the next sign-in: it must not arrive. */
  nobodys: boolean
  /** The connection that it was sent over last. */
  left: Engine | undefined
  /** It may be lost: it was sent over a connection that somebody other than twodoor was ending, or ended before it came. */
  excused: boolean
  /** The connection that the app has left may still send it, after connect() has sent it again, or another one. */
  leftBehind: boolean
}

export interface Client {
  readonly id: number
  readonly namespace: string
  readonly socket: Socket
  readonly messages: Message[]
  readonly news: number[]
  /** Whether the app wants it to be connected. */
  wanted: boolean
  /** Why it has stopped: the code that the app heard, or that the server said DISCONNECT. */
  stopped: string | undefined
  /** The token that the server has, or had last. */
  token: string | undefined
  /** Whom its first CONNECT was of. */
  user: string | undefined
  /** A connection that somebody other than twodoor is ending. The client may not know yet, and go on sending. */
  doomed: Engine | undefined
  /** The same, where the server ends this namespace alone. */
  kicked: Engine | undefined
  /** Tokens that the server has turned down, as the client knows. */
  readonly refused: Set<string>
  /** When its CONNECTs arrived. */
  readonly connects: number[]
}

export interface ClientParts {
  readonly withSocketAuth: typeof withSocketAuth
}

const LISTENED = ['connect', 'connect_error', 'disconnect', 'auth:session', 'auth:expired'] as const
const OF_MANAGER = [
  ...(['open', 'packet', 'error', 'close', 'ping'] as const),
  ...(['reconnect', 'reconnect_attempt', 'reconnect_error', 'reconnect_failed'] as const),
]

/**
 * Opens sockets as `io()` does: the namespaces of a page share a connection until one of them comes a second time.
 *
 * @param decoded - hears of each packet before anybody else does
 */
export function createOpener(
  setting: Setting,
  network: Network,
  provider: TokenProvider,
  parts: ClientParts,
  decoded: () => void,
) {
  const { transport, retries, asks } = setting
  const transports = transport === 'upgrade' ? ['polling', 'websocket'] : [transport]
  let manager: Manager | undefined
  const opened = new Set<string>()

  const io = (namespace: string, options: Partial<ManagerOptions & SocketOptions>): Socket => {
    if (!manager || opened.has(namespace)) {
      opened.clear()
      // A real one asks for its proxy in the same way.
      manager = new Manager('http://server.localhost', { ...options, agent: network.agent as unknown as string })
      // Private by its type.
      const decoder: { on(event: 'decoded', listener: () => void): void } = Reflect.get(manager, 'decoder')
      decoder.on('decoded', decoded)
    }
    opened.add(namespace)
    return manager.socket(namespace, options)
  }

  const connect = parts.withSocketAuth(io, provider)
  let count = 0
  return (namespace: string): Client => {
    const id = ++count
    const own = { client: id }
    const auth = asks ? (send: (payload: object) => void) => void Promise.resolve().then(() => send(own)) : own
    const socket = connect(namespace, {
      transports,
      auth,
      reconnectionDelay: 500,
      reconnectionDelayMax: 20_000,
      ...(retries && { retries: 1_000, ackTimeout: 10_000 }),
    })
    const client: Client = {
      id,
      namespace,
      socket,
      messages: [],
      news: [],
      wanted: true,
      refused: new Set(),
      connects: [],
      stopped: undefined,
      token: undefined,
      user: undefined,
      doomed: undefined,
      kicked: undefined,
    }
    return client
  }
}

export function listen(client: Client, setting: Setting, wrong: (sentence: string) => void): void {
  /** Otherwise nobody could know: the client is told no account, and the server restores any session. */
  const isComparable = setting.linked || setting.protected
  const { socket, refused } = client
  let expired = false

  socket.on('connect', () => {
    client.stopped = undefined
    expired = false
    refused.clear()
  })
  socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
    const code = error.data?.code ?? ''
    if (/^(token|wrong)_/.test(code) && client.token) refused.add(client.token)
    if (isAuthError(error, 'token_rejected', 'denied', 'account_mismatch')) client.stopped = error.code
    if (setting.eager && client.stopped !== 'account_mismatch') connect(client)
  })
  socket.on('auth:expired', () => {
    expired = true
    if (client.token) refused.add(client.token)
  })
  socket.on('disconnect', (reason) => {
    if (reason === 'io server disconnect' && !expired) client.stopped = reason
    if (reason === 'io client disconnect') leaveBehind(client)
    expired = false
    client.kicked = undefined
  })
  socket.onAnyOutgoing((_event, { id }: Note) => {
    const message = client.messages.find((each) => each.id === id)
    if (message) leave(client, message)
  })
  socket.on('news', ({ number, to }: { number: number; to: string }) => {
    if (client.news.includes(number)) wrong(`News ${number} reached the app twice.`)
    if (number < (client.news.at(-1) ?? 0)) wrong(`News ${number} reached the app late.`)
    if (isComparable && to !== client.user) wrong(`News for ${to} reached a socket of ${client.user}.`)
    client.news.push(number)
  })
}

export function connect(client: Client): void {
  client.wanted = true
  client.stopped = undefined
  client.refused.clear()
  client.socket.connect()
}

export function disconnect(client: Client): void {
  client.wanted = false
  client.socket.disconnect()
}

/** A connection that this page ends waits for the end of an upgrade, or of a request. */
function leaveBehind({ socket, messages }: Client): void {
  if (socket.io.engine?.readyState !== 'closing') return
  for (const message of messages) if (!message.acknowledged) message.leftBehind = true
}

/** @param by - who is signed in on the page */
export function emit(client: Client, by: User | undefined, retries: boolean): void {
  const id = client.messages.length + 1
  const message: Message = {
    id,
    by,
    arrivals: [],
    acknowledged: false,
    nobodys: false,
    leftBehind: false,
    left: undefined,
    excused: false,
  }
  client.messages.push(message)
  const note: Note = { id, by }
  if (!retries) client.socket.emit('note', note)
  else
    client.socket.emit('note', note, (error: unknown) => {
      message.acknowledged = !error
    })
}

function leave(client: Client, message: Message): void {
  const { engine } = client.socket.io
  message.left = engine
  if (engine === client.doomed || engine === client.kicked) message.excused = true
}

/** Somebody other than twodoor ends the connection: what is on its way may be lost. What waits in the buffer may not. */
export function excuse({ socket, messages }: Client): void {
  const { engine } = socket.io
  if (engine?.readyState === 'closed') return
  for (const message of messages) if (message.arrivals.length === 0 && message.left === engine) message.excused = true
}

/** The same, and what is still sent over that connection may be lost as well. */
export function doom(client: Client): void {
  excuse(client)
  client.doomed = client.socket.io.engine
}

/** The same, for one namespace of the connection. */
export function kick(client: Client): void {
  excuse(client)
  client.kicked = client.socket.io.engine
}

/** How many listeners somebody has on the socket and its connection, where nobody but the app should. */
export function listenersOf({ socket }: Client): number {
  const ofSocket = LISTENED.map((event) => socket.listeners(event).length)
  const ofManager = OF_MANAGER.map((event) => socket.io.listeners(event).length)
  return [...ofSocket, ...ofManager].reduce((sum, each) => sum + each, 0)
}
