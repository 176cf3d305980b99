import { afterEach, expect, it, vi } from 'vitest'
import { type Asked, evidenceOf } from '../../src/sources/evidence.js'

const url = 'https://login.microsoftonline.com/t/oauth2/v2.0/token'
const asked = { settings: { authority: 'https://login.microsoftonline.com' }, window: {} } as Asked

afterEach(() => {
  vi.unstubAllGlobals()
})

function report(body: object) {
  const records = [{ type: 'csp-violation', body: { blockedURL: url, effectiveDirective: 'connect-src', ...body } }]
  vi.stubGlobal(
    'ReportingObserver',
    class {
      observe() {}
      disconnect() {}
      takeRecords() {
        return records
      }
    },
  )
}

const blocked = () => evidenceOf({ refused: 'unavailable' }, asked).blocked

it('names what a policy has blocked', () => {
  report({ disposition: 'enforce' })
  expect(blocked()).toEqual([{ url, directive: 'connect-src' }])
})

it.each(['report', undefined])('leaves out what a policy would have blocked: %s', (disposition) => {
  report({ disposition })
  expect(blocked()).toEqual([])
})
