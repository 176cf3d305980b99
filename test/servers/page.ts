// The page of the app, below a path.

import { io } from 'socket.io-client'
import { type AuthOptions, createAuth, keepSession, withSocketAuth } from '../../src/index.js'
import type { Who } from './app.js'

declare global {
  interface Window {
    options: AuthOptions
    team: ReturnType<typeof openTeam>
  }
}

function openTeam(options: AuthOptions) {
  const auth = createAuth(options)
  const said: string[] = []
  const events: string[] = []
  const renewals = { count: 0 }
  let socket: ReturnType<typeof io> | undefined
  const ask = async (): Promise<Who> => socket?.timeout(20_000).emitWithAck('who')
  return {
    auth,
    said,
    events,
    ask,
    send: (event: string, ...rest: string[]) => void socket?.emit(event, ...rest),
    isConnected: () => socket?.connected === true,
    connect(path: string, transports: string[], payload: object = {}): Promise<Who> {
      socket = withSocketAuth(io, auth)({ path, transports, auth: payload, reconnectionDelay: 100 })
      socket.on('said', (text: string) => said.push(text))
      socket.on('auth:expired', () => events.push('expired'))
      socket.on('connect_error', (error) => events.push(String(Reflect.get(error, 'code') ?? error.message)))
      return ask()
    },
    /** Loses the connection, and does not look for another one. */
    leave(): void {
      socket?.io.reconnection(false)
      socket?.io.engine.close()
    },
    comeBack(): void {
      socket?.io.reconnection(true)
      socket?.connect()
    },
    /** By which Socket.IO finds what the socket has missed. Private by their types. */
    session: () => ({ pid: Reflect.get(socket ?? {}, '_pid'), offset: Reflect.get(socket ?? {}, '_lastOffset') }),
    renewals,
    async renew(): Promise<void> {
      const { token } = await auth.getToken()
      await auth.getToken(undefined, { rejectedToken: token })
    },
    async json(url: string): Promise<Record<string, unknown>> {
      return (await auth.fetch(url)).json()
    },
    keep: async (url: string) => (await keepSession(auth, url).ready).key,
    byCookie: async (url: string): Promise<Record<string, unknown>> => (await fetch(url)).json(),
    protocol: () => (performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming).nextHopProtocol,
  }
}

const renewed = (event: { type: string; action?: string }) => event.type === 'socket' && event.action === 'renewed'
window.team = openTeam({
  ...window.options,
  onEvent(event) {
    if (renewed(event)) window.team.renewals.count += 1
  },
})
