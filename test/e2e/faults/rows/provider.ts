// The same at an authority that nobody here wrote: oidc-provider, which rotates its refresh tokens.

import type { ProviderFault, ProviderStage } from '../provider-stage.js'
import type { Row } from '../row.js'
import { atExpiry, atStart, type Fault } from '../scenarios.js'

type ProviderRow = Row<ProviderStage>

const RETRY_AFTER_S = 90

function broken(fault: ProviderFault | 'drop', more: Partial<Fault<ProviderStage>> = {}): Fault<ProviderStage> {
  return {
    begin({ front }) {
      front.fault = fault
    },
    end({ front }) {
      front.fault = undefined
    },
    ...more,
  }
}

const nothing: Fault<ProviderStage> = { begin: () => undefined }

/** As in a tab that was duplicated: the other one has used the refresh token, and has the next. */
const usedBefore: Fault<ProviderStage> = {
  begin: (_stage, { page }) =>
    page.evaluate(async () => {
      const isRefreshToken = ([key]: [string, string]) => /refreshtoken/i.test(key)
      const before = Object.entries<string>({ ...sessionStorage }).filter(isRefreshToken)
      const { auth } = window.app
      const { token } = await auth.getToken()
      await auth.getToken([], { rejectedToken: token })
      for (const [key, value] of before) sessionStorage.setItem(key, value)
    }),
}

const withdrawn: Fault<ProviderStage> = {
  async begin({ provider, front }) {
    const grant = await provider.Grant.find(front.refreshToken?.grantId ?? '')
    await grant?.destroy()
  },
}

const gone: Fault<ProviderStage> = { begin: ({ front }) => front.refreshToken?.destroy() }

const passing: readonly (readonly [string, Fault<ProviderStage>])[] = [
  ['nothing: the refresh token is rotated', nothing],
  [
    '503 with `Retry-After`',
    broken(
      { status: 503, headers: { 'retry-after': `${RETRY_AFTER_S}` }, body: 'Service Unavailable' },
      { retryAfterMs: RETRY_AFTER_S * 1_000 },
    ),
  ],
  ['429', broken({ status: 429, body: '' })],
  ['a page of HTML', broken({ status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html>' })],
  ['the connection breaks', broken('drop')],
]

const refusing: readonly (readonly [string, Fault<ProviderStage>])[] = [
  ['the refresh token is gone', gone],
  ['the refresh token has been used before', usedBefore],
  ['consent is withdrawn', withdrawn],
]

function rowsOf(group: string, play: typeof atExpiry<ProviderStage>, list: typeof passing, transient: boolean) {
  return list.map(
    ([fault, how]): ProviderRow => ({ group, fault, door: 'browser', transient, run: (s) => play(s, 'browser', how) }),
  )
}

const AT_EXPIRY = 'oidc-provider, 20 s before the token expires'
const AT_START = 'oidc-provider, while a page starts with a refresh token only'

export const providerRows: readonly ProviderRow[] = [
  ...rowsOf(AT_EXPIRY, atExpiry, passing, true),
  ...rowsOf(AT_EXPIRY, atExpiry, refusing, false),
  ...rowsOf(AT_START, atStart, passing.slice(0, 2), true),
  ...rowsOf(
    AT_START,
    atStart,
    refusing.filter(([, how]) => how !== usedBefore),
    false,
  ),
]
