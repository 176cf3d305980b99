import { expect, it, vi } from 'vitest'
import { createCalls } from '../../../../src/sources/msal/calls.js'

const full = new DOMException('The quota has been exceeded.', 'QuotaExceededError')

it.each<[string, () => Promise<unknown>, boolean]>([
  ['a token of Entra ID', async () => ({ accessToken: 'a', fromCache: false }), true],
  ['a token of its cache', async () => ({ accessToken: 'a', fromCache: true }), false],
  ['no token', async () => null, false],
  ['an address', async () => 'https://login.microsoftonline.com/', false],
  ['a failure', () => Promise.reject(new TypeError('Failed to fetch')), false],
  ['a failure in the middle of storing', () => Promise.reject(full), true],
])('MSAL has stored something after %s: %s', async (_, call, isIt) => {
  const onWrite = vi.fn()
  await createCalls(window, onWrite, () => {}).settle(call(), () => false)
  expect(onWrite).toHaveBeenCalledTimes(isIt ? 1 : 0)
})
