// What `twodoor doctor` says: with `--json` a DoctorReport, else the same in words.

import { type RegistrationField, registrationLines } from '../manifest/registration.js'
import { printable, printableJson } from '../printable.js'

/** What `--json` prints. */
export interface DoctorReport {
  /** The page, after redirects within the app and without its query. */
  readonly url: string
  /** What breaks, or will. None: the exit code is 0. */
  readonly findings: readonly Finding[]
  /** What the app registration has to have: nobody can read it without signing in. */
  readonly registration: readonly RegistrationField[]
  /** What was followed on the way, what could not be checked, and what may be on purpose. */
  readonly notes: readonly string[]
}

export interface Finding {
  /** Stable: a script can go by it. docs/doctor.md has them all. */
  readonly code: FindingCode
  /** What is wrong, in one sentence. */
  readonly message: string
  /** What to change, in one sentence. */
  readonly remedy: string
}

/** All that can be found, by what it is found at. */
export const FINDING_CODES = {
  manifest: [
    'web_application_info',
    'client_id',
    'resource',
    'nested_redirect_uri',
    'nested_version',
    'tab_url',
    'valid_domain',
    'valid_domain_form',
    'loading_indicator',
  ],
  page: [
    'page_status',
    'page_not_html',
    'page_http',
    'page_leaves',
    'frame_ancestors',
    'x_frame_options',
    'connect_src',
    'cookie_same_site',
    'cookie_secure',
    'mixed_content',
    'clock',
  ],
  redirectPage: ['redirect_uri_origin', 'redirect_uri_status', 'redirect_uri_sdk', 'coop'],
  api: ['api_status', 'api_allow_origin', 'api_allow_authorization', 'api_challenge', 'api_expose'],
} as const

export type ManifestCode = (typeof FINDING_CODES)['manifest'][number]
export type FindingCode = (typeof FINDING_CODES)[keyof typeof FINDING_CODES][number]

export function reportAsJson(report: DoctorReport): string {
  return printableJson(report)
}

export function reportInWords({ url, findings, registration, notes }: DoctorReport): string[] {
  const lines = [
    ...findings.flatMap(({ code, message, remedy }) => [`✗ ${code}: ${message}`, `    ${remedy}`]),
    findings.length === 0
      ? `✓ Nothing is wrong with ${url} as far as can be seen from outside.`
      : summary(findings, url),
    ...(notes.length ? ['', 'To know:', ...notes.map((note) => `  ${note}`)] : []),
    '',
    'Compare with the app registration:',
    ...registrationLines(registration),
  ]
  return lines.map(printable)
}

function summary({ length }: readonly Finding[], url: string): string {
  return `${length === 1 ? 'One thing breaks' : `${length} things break`} at ${url}.`
}
