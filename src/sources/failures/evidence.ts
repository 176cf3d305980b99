// What the page knows about a failure beyond its error: a browser throws the same error for a policy, a 404 and a lost
// connection.

import type { Settings } from '../../settings.js'
import type { Refusal } from '../source.js'

/** The app whose failure it is. */
export interface FailureContext {
  readonly settings: Pick<Settings, 'clientId' | 'tenant' | 'scopes' | 'redirectUri' | 'authority' | 'client'>
  readonly window: Window
}

export interface Evidence {
  /** The error as text, with its name. */
  readonly text: string
  /** What a Content-Security-Policy has blocked so far. Firefox does not report it. */
  readonly blocked: readonly { readonly url: string; readonly directive: string }[]
  /** The status of the response for the file that the error names. `0` or `undefined`: there was no response. */
  readonly status?: number | undefined
  /** The content type of that response. Only Chromium reports it. */
  readonly contentType?: string | undefined
  /** The origin of Entra ID. */
  readonly authority: string
  /** The origin of the page that frames this one, where the browser tells. */
  readonly parent?: string | undefined
}

export function evidenceOf({ cause }: Refusal, { settings, window }: FailureContext): Evidence {
  const text = errorText(cause)
  return {
    text,
    blocked: policyViolations(),
    ...responseFor(addressesIn(text)),
    authority: originOf(settings.authority),
    parent: window.location.ancestorOrigins?.[0],
  }
}

/** Hosts and libraries throw plain strings too. */
export function errorText(cause: unknown): string {
  if (typeof cause === 'string') return cause
  const { name, message } = (cause ?? {}) as { name?: unknown; message?: unknown }
  if (typeof message !== 'string') return ''
  return typeof name === 'string' && name !== 'Error' ? `${name}: ${message}` : message
}

interface Violation {
  readonly blockedURL?: string
  readonly effectiveDirective: string
  readonly disposition: 'enforce' | 'report'
}

/** Since the page was loaded: the browser keeps the reports. */
function policyViolations(): Evidence['blocked'] {
  if (!globalThis.ReportingObserver) return []
  const observer = new ReportingObserver(() => {}, { types: ['csp-violation'], buffered: true })
  observer.observe()
  const reports = observer.takeRecords()
  observer.disconnect()
  const bodies = reports.map(({ body }) => body as unknown as Violation)
  // A policy that only reports has blocked nothing.
  return bodies
    .filter(({ disposition }) => disposition === 'enforce')
    .map(({ blockedURL, effectiveDirective }) => ({ url: `${blockedURL}`, directive: effectiveDirective }))
}

function responseFor(addresses: readonly string[]): Pick<Evidence, 'status' | 'contentType'> {
  const entries = performance.getEntriesByType('resource') as (PerformanceResourceTiming & { contentType?: string })[]
  const last = entries.filter(({ name }) => addresses.includes(name)).pop()
  return { status: last?.responseStatus, contentType: last?.contentType }
}

export function addressesIn(text: string): string[] {
  return text.split(/[\s()]+/).filter((word) => /^https?:/.test(word))
}

export function originOf(url: string): string {
  try {
    return new URL(url).origin // with toUrl() here that would be a file of its own in a bundle
  } catch {
    return ''
  }
}
