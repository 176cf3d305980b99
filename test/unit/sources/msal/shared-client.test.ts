import { expect, it, vi } from 'vitest'
import { checkOptions } from '../../../../src/settings.js'
import type { ClientContext } from '../../../../src/sources/msal/client.js'
import { openSharedClient, type SharedClient } from '../../../../src/sources/msal/shared-client.js'
import { fakeWindow } from '../../fake-window.js'
import { ownScopes, tenantId } from '../../jwt.js'

const clientId = tenantId
const accounts = 'msal.account.keys'
const active = `msal.${clientId}.active-account-filters`

/** A page whose MSAL does while it opens what `onInitialize` says. */
async function open(onInitialize: (storage: Storage) => unknown = () => {}) {
  const page = fakeWindow()
  /** As after a turn that was taken away: calls overlap. */
  const request = async (_: string, __: object, use: () => Promise<void>) => use()
  Object.assign(page.window.navigator, { locks: { request } })
  let isBlocked = false
  const storage = new Proxy(page.window.localStorage, {
    get(kept, name) {
      if (isBlocked) throw new DOMException('denied', 'SecurityError')
      return Reflect.get(kept, name)
    },
  })
  const window = Object.create(page.window, { localStorage: { value: storage } }) as Window
  const block = () => {
    isBlocked = true
  }
  const construct = vi.fn()
  const clients: PublicClientApplication[] = []
  class PublicClientApplication {
    readonly channel = new BroadcastChannel('msal.broadcast')
    constructor() {
      construct()
      clients.push(this)
    }
    async initialize() {
      onInitialize(storage)
    }
  }
  const browser = { cacheLocation: 'localStorage' } as const
  const settings = checkOptions({ clientId, tenant: tenantId, scopes: ownScopes, browser }, 'https://app.example/')
  const disposal = new AbortController()
  const library = { PublicClientApplication } as unknown as ClientContext['library']
  const opened = await openSharedClient({
    library,
    settings,
    window,
    nativeFetch: fetch,
    disposed: disposal.signal,
    onAppChange() {},
  })
  return { storage, block, construct, clients, client: opened as SharedClient }
}

const nothing = async () => {}

/** A closed channel throws. */
function isOpen({ channel }: { readonly channel: BroadcastChannel }): boolean {
  try {
    channel.postMessage('?')
    return true
  } catch {
    return false
  }
}

it('sees what another app stores while MSAL reads storage, and opens a client that knows it', async () => {
  let isFirst = true
  const { client, construct } = await open((storage) => {
    if (isFirst) storage.setItem(accounts, '["adele"]')
    isFirst = false
  })
  expect(client.changed()).toBe(true)
  await client.use(nothing)
  expect(construct).toHaveBeenCalledTimes(2)
})

it('keeps in mind that somebody may have signed in, whatever a call was for that saw it first', async () => {
  const { client, storage } = await open()
  storage.setItem(accounts, '["adele"]')
  await client.use(nothing)
  expect(client.changed()).toBe(true)
  client.settleChange()
  expect(client.changed()).toBe(false)
})

it('sees a switch of account by an app that takes no turns, during a call of ours', async () => {
  const { client, storage } = await open()
  await client.use(async () => storage.setItem(active, '{"homeAccountId":"bob"}'))
  expect(client.changed()).toBe(true)
})

it('takes its own switch, and what it has stored itself, for known', async () => {
  const { client, storage } = await open()
  await client.use(async () => storage.setItem(active, '{"homeAccountId":"bob"}'), true)
  await client.use(async () => storage.setItem(accounts, '["bob"]'))
  expect(client.changed()).toBe(false)
})

it('keeps the client of a call whose turn was taken away until that is done, and what others store meanwhile is news', async () => {
  const { client, storage, clients } = await open()
  let finish = () => {}
  const first = client.use(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve
      }),
  )
  storage.setItem(accounts, '["adele"]')
  await client.use(nothing)
  client.settleChange()
  expect(clients.map(isOpen)).toEqual([true, true])
  storage.setItem(accounts, '["bob"]')
  finish()
  await first
  expect(clients.map(isOpen)).toEqual([false, true])
  expect(client.changed()).toBe(true)
})

it('goes on where storage is blocked while the page runs', async () => {
  const { client, block } = await open()
  block()
  expect(client.changed()).toBe(false)
  expect(await client.use(async () => 'an answer')).toBe('an answer')
})
