// A Teams emulator between windows that are only objects, so that a test can be anybody who sends it a message.

import { vi } from 'vitest'
import { createTeamsEmulator, type TeamsEmulatorOptions } from '../../../src/testing/teams/emulator.js'
import type { MintedToken, TokenMintRequest } from '../../../src/testing/teams/mint.js'

export const appOrigin = 'https://app.contoso.example'
export const adele = {
  tenantId: '11111111-2222-4333-8444-555555555555',
  objectId: 'aaaaaaaa-0000-4000-8000-000000000001',
  username: 'adele@contoso.example',
  name: 'Adele Vance',
}
export const alex = { ...adele, objectId: 'aaaaaaaa-0000-4000-8000-000000000002', username: 'alex@contoso.example' }

interface Sent {
  readonly message: { id?: number; func?: string; args: unknown[] }
  readonly targetOrigin: string
}

/** A window of somebody else: what it was sent can be read, and it can be closed. */
export function fakeWindow() {
  const inbox: Sent[] = []
  return {
    inbox,
    closed: false,
    close() {
      this.closed = true
    },
    postMessage: (message: Sent['message'], targetOrigin: string) => void inbox.push({ message, targetOrigin }),
  }
}

export interface NestedAnswer {
  readonly success: boolean
  readonly requestId: string
  readonly token?: { access_token: string; id_token: string; expires_in: number; scope: string }
  readonly account?: { environment: string; username: string }
  readonly initContext?: { accountContext?: { homeAccountId: string } }
  readonly error?: { status: string; code: string; subError: string; description: string }
}

export type FakeWindow = ReturnType<typeof fakeWindow>

export function openHost(options: Partial<TeamsEmulatorOptions> = {}) {
  const page = new EventTarget()
  const app = fakeWindow()
  const popup = fakeWindow()
  const open = vi.fn((_url: string, _name: string, _features: string): FakeWindow | null => popup)
  let minted = 0
  const mint = vi.fn(
    async (_request: TokenMintRequest): Promise<MintedToken> => ({
      token: `t0ken-${++minted}`,
      expiresInSeconds: 3600,
    }),
  )
  const emulator = createTeamsEmulator({
    frame: () => app as unknown as Window,
    window: Object.assign(page, { open }) as unknown as Window,
    appOrigin,
    clientId: 'c1111111-2222-4333-8444-555555555555',
    user: adele,
    mint,
    ...options,
  })

  function deliver(data: unknown, source: FakeWindow = app, origin = appOrigin): void {
    page.dispatchEvent(Object.assign(new Event('message'), { data, source, origin }))
  }

  let id = 0
  /** Sends a request as teams-js does. The arguments of the answer, or `undefined` if none has come. */
  async function ask(func: string, args: unknown[] = [], more: object = {}, source: FakeWindow = app) {
    const asked = ++id
    deliver({ id: asked, uuidAsString: `uuid-${asked}`, func, args, ...more }, source)
    await settle()
    return source.inbox.find(({ message }) => message.id === asked)?.message.args
  }

  const getToken = (silent = true, claims?: string[]) =>
    ask('authentication.getAuthToken', [undefined, claims, silent, undefined])

  /** Sends a request over the bridge of nested app auth, and reads the answer. */
  async function nested(method: string, tokenParams: object = {}): Promise<NestedAnswer | undefined> {
    const data = JSON.stringify({ messageType: 'NestedAppAuthRequest', method, requestId: 'r1', tokenParams })
    const answer = await ask('nestedAppAuth.execute', [], { data })
    return answer && JSON.parse(String(answer[1]))
  }

  return { emulator, app, popup, open, mint, page, deliver, ask, getToken, nested }
}

/** Lets everything run that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
