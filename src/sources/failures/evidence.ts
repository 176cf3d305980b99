// What the page knows of a failure beside its error: a browser has one error for a policy, a 404 and a lost connection.

import type { Settings } from '../../options.js'
import { toUrl } from '../../shared/url.js'
import type { Refusal } from '../source.js'

/** Whose refusal it is. */
export interface Asked {
  readonly settings: Pick<Settings, 'clientId' | 'tenant' | 'scopes' | 'redirectUri' | 'authority'>
  readonly window: Window
}

export interface Evidence {
  /** What the error says, with its name. */
  readonly text: string
  /** What a Content-Security-Policy has blocked until now, where the browser tells that. */
  readonly blocked: readonly { readonly url: string; readonly directive: string }[]
  /** The status that the file was answered with that the error names. `0`, or none: it was not answered. */
  readonly status?: number | undefined
  /** Its content type. Chromium alone tells it. */
  readonly contentType?: string | undefined
  /** The origin of Entra ID. */
  readonly authority: string
  /** The version of the teams-js that the page had before twodoor came. */
  readonly teamsVersion?: string | undefined
}

export function evidenceOf({ cause }: Refusal, { settings, window }: Asked): Evidence {
  const text = textOf(cause)
  const { microsoftTeams } = window as { microsoftTeams?: { version?: unknown } }
  return {
    text,
    blocked: violations(),
    ...answerTo(addressesIn(text)),
    authority: originOf(settings.authority),
    teamsVersion: `${microsoftTeams?.version ?? ''}`,
  }
}

/** An error with its name; a text as it is. */
export function textOf(cause: unknown): string {
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

/** Also what came before anybody asked. Firefox does not tell it. */
function violations(): Evidence['blocked'] {
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

function answerTo(addresses: readonly string[]): Pick<Evidence, 'status' | 'contentType'> {
  const entries = performance.getEntriesByType('resource') as (PerformanceResourceTiming & { contentType?: string })[]
  const last = entries.filter(({ name }) => addresses.includes(name)).pop()
  return { status: last?.responseStatus, contentType: last?.contentType }
}

export function addressesIn(text: string): string[] {
  return text.split(/[\s()]+/).filter((word) => /^https?:/.test(word))
}

export function originOf(url: string): string {
  return toUrl(url)?.origin ?? ''
}
