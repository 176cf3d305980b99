// The flow loads what keeps sockets alive once somebody asks, and anew after a failure.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createAccountOwner } from '../../../../src/account/account.js'
import { createSignedOutFlag } from '../../../../src/account/signed-out-flag.js'
import { loadLifetime } from '../../../../src/carriers/sockets/load-lifetime.js'
import { createEngine } from '../../../../src/engine.js'
import { checkOptions } from '../../../../src/options.js'
import { detectHost } from '../../../../src/page/host.js'
import { fakeWindow } from '../../fake-window.js'
import { ownScopes, tenantId } from '../../jwt.js'

vi.mock('../../../../src/carriers/sockets/load-lifetime.js', () => ({ loadLifetime: vi.fn() }))

const part = { createLifetime: vi.fn() }
const failed = { refused: 'unavailable', message: 'Not here.' } as const
const load = vi.mocked(loadLifetime) as unknown as ReturnType<typeof vi.fn>
const rejections: unknown[] = []
const onRejection = (reason: unknown) => rejections.push(reason)

beforeEach(() => {
  load.mockReset()
  rejections.length = 0
  process.on('unhandledRejection', onRejection)
})
afterEach(() => void process.off('unhandledRejection', onRejection))

function openFlow(tokenListeners: (() => void)[] = []) {
  const { window } = fakeWindow()
  Object.assign(window.document, { addEventListener() {}, removeEventListener() {} })
  const options = { clientId: '11111111-2222-3333-4444-555555555555', tenant: tenantId, scopes: [...ownScopes] }
  const settings = checkOptions(options, window.location.href)
  const host = detectHost({ kind: 'browser' }, window)
  const signedOutFlag = createSignedOutFlag(window, settings.clientId)
  const flow = createEngine({
    ...{ settings, window, host, signedOutFlag, now: () => Date.now(), emit() {} },
    account: createAccountOwner({ host, signedOutFlag, forget() {}, emit() {} }),
    response: undefined,
    nativeFetch: fetch,
    listeners: { token: new Set(tokenListeners), wake: new Set(), account: new Set() },
  })
  return flow
}

it('is not loaded for a page without sockets, and at once where one listens already', () => {
  load.mockResolvedValue(part)
  openFlow()
  expect(load).not.toHaveBeenCalled()
  openFlow([() => {}])
  expect(load).toHaveBeenCalledTimes(1)
})

it('is waited for until it is there, and not asked for again', async () => {
  load.mockResolvedValue(part)
  const flow = openFlow()
  expect(flow.lifetime({} as never)).toBeUndefined()
  await flow.prepare()
  expect(flow.prepare()).toBeUndefined()
  flow.lifetime({} as never)
  expect(part.createLifetime).toHaveBeenCalledTimes(1)
  expect(load).toHaveBeenCalledTimes(1)
})

it('tells whoever waits that it did not come, nobody else, and is asked for anew', async () => {
  load.mockResolvedValueOnce(failed).mockResolvedValueOnce(failed).mockResolvedValue(part)
  const flow = openFlow([() => {}])
  await expect(flow.prepare()).rejects.toMatchObject({ code: 'unavailable', retryable: true })
  await flow.prepare()
  expect(flow.prepare()).toBeUndefined()
  await new Promise((resolve) => setTimeout(resolve))
  expect(rejections).toEqual([])
})
