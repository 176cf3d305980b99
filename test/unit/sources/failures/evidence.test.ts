import { afterEach, expect, it, vi } from 'vitest'
import { evidenceOf, type FailureContext } from '../../../../src/sources/failures/evidence.js'

const url = 'https://login.microsoftonline.com/t/oauth2/v2.0/token'
const context = {
  settings: { authority: 'https://login.microsoftonline.com' },
  window: { location: {} },
} as FailureContext

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
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

const blocked = () => evidenceOf({ refused: 'unavailable' }, context).blocked

it('names what a policy has blocked', () => {
  report({ disposition: 'enforce' })
  expect(blocked()).toEqual([{ url, directive: 'connect-src' }])
})

it.each(['report', undefined])('leaves out what a policy would have blocked: %s', (disposition) => {
  report({ disposition })
  expect(blocked()).toEqual([])
})

it('knows what the file was answered with that the error names', () => {
  const file = 'https://cdn.contoso.com/a.js'
  const entries = [
    { name: file, responseStatus: 503, contentType: 'text/plain' },
    { name: file, responseStatus: 200, contentType: 'text/html' },
    { name: `${file}?other`, responseStatus: 404, contentType: '' },
  ]
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue(entries as unknown as PerformanceEntryList)
  const cause = new TypeError(`Failed to fetch dynamically imported module: ${file}`)
  expect(evidenceOf({ refused: 'unavailable', cause }, context)).toMatchObject({
    status: 200,
    contentType: 'text/html',
  })
  expect(evidenceOf({ refused: 'unavailable' }, context)).toMatchObject({ status: undefined, contentType: undefined })
})
