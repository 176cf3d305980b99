// The app of the end-to-end tests: the library as a page uses it, within reach of the test as `app`.

import { io } from 'socket.io-client'
import {
  type Auth,
  type AuthEvent,
  type AuthOptions,
  createAuth,
  isAuthError,
  type KeptSession,
  keepSession,
  openInTab,
  withSocketAuth,
} from '../../../src/index.js'

/** What a call came to, in a form that reaches the test. */
type Outcome = { value: unknown } | { code: string; message: string; remedy: string }

async function outcomeOf(call: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await call() }
  } catch (error) {
    if (!isAuthError(error)) throw error
    return { code: error.code, message: error.message, remedy: error.remedy }
  }
}

export interface AppConfig {
  options: AuthOptions
}

class App {
  auth: Auth
  readonly events: AuthEvent[] = []
  readonly states: string[] = []
  socket: ReturnType<typeof io> | undefined
  readonly messages: unknown[] = []
  session: KeptSession | undefined

  readonly #options: AuthOptions

  constructor({ options }: AppConfig) {
    this.#options = options
    this.auth = this.#open()
  }

  #open(): Auth {
    const auth = createAuth({ ...this.#options, onEvent: (event) => this.events.push(event) })
    auth.subscribe((state) => this.states.push(state.status))
    return auth
  }

  /** As a hot reload does. */
  reopen(): void {
    this.auth.dispose()
    this.auth = this.#open()
  }

  /** The copy that the library uses too. */
  readonly teamsJs = () => import('@microsoft/teams-js')

  /** The state without what does not reach the test: errors lose their properties on the way. */
  get state() {
    const { state } = this.auth
    return { ...state, error: 'error' in state && state.error ? { ...state.error } : undefined }
  }

  readonly openInTab = openInTab

  /** All that is stored, or nothing where a frame may not store. */
  storage(): [string, string][] {
    try {
      return Object.entries({ ...localStorage, ...sessionStorage })
    } catch {
      return []
    }
  }

  outcome(call: (app: App) => Promise<unknown>): Promise<Outcome> {
    return outcomeOf(() => call(this))
  }

  /** What the server says of the caller. */
  async me(url = '/api/me'): Promise<{ status: number; body: unknown }> {
    const response = await this.auth.fetch(url)
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text }
  }

  /** Keeps a session and says whose it is. */
  async keep(url = '/session'): Promise<string> {
    this.session ??= keepSession(this.auth, url)
    return (await this.session.ready).key
  }

  /** Whom the server takes the page for by its cookie alone. */
  async byCookie(): Promise<unknown> {
    return ((await (await fetch('/file')).json()) as { key?: unknown }).key
  }

  /** Connects and says who the server takes it for. */
  connect(transports = ['polling', 'websocket']): Promise<unknown> {
    const socket = withSocketAuth(io, this.auth)({ transports })
    this.socket = socket
    socket.on('message', (message) => this.messages.push(message))
    return this.ask('who')
  }

  ask(question: string): Promise<unknown> {
    return this.socket?.timeout(20_000).emitWithAck(question) ?? Promise.reject(new Error('There is no socket.'))
  }
}

declare global {
  interface Window {
    config: AppConfig
    app: App
  }
}

window.app = new App(window.config)
