// What the host can be, and how it can answer.

import { nestedStatuses, ssoFailures, type TeamsSettingsChanges } from '../../../testing/teams/settings.js'

export interface Choice {
  readonly label: string
  readonly group?: string
  readonly settings: Omit<TeamsSettingsChanges, 'user'>
}

/** By the name that the page keeps. A phone is a narrow frame here; the real one has none. */
export const hosts: Readonly<Record<string, Choice>> = {
  teams: { label: 'Teams', settings: { hostName: 'TeamsModern', clientType: 'web' } },
  desktop: { label: 'Teams, desktop', settings: { hostName: 'TeamsModern', clientType: 'desktop' } },
  outlook: { label: 'Outlook', settings: { hostName: 'Outlook', clientType: 'web' } },
  office: { label: 'Microsoft 365', settings: { hostName: 'Office', clientType: 'web' } },
  phone: { label: 'Teams, phone', settings: { hostName: 'TeamsModern', clientType: 'android' } },
}

export const themes: Readonly<Record<string, Choice>> = {
  default: { label: 'light', settings: { theme: 'default' } },
  dark: { label: 'dark', settings: { theme: 'dark' } },
  contrast: { label: 'contrast', settings: { theme: 'contrast' } },
  glass: { label: 'glass', settings: { theme: 'glass' } },
}

const SLOW_MS = 3_000
/** All that an answer can differ in: what one choice has set, the next one takes back. */
const asUsual: Choice['settings'] = {
  latencyMs: undefined,
  silent: undefined,
  sso: undefined,
  nested: undefined,
  nestedFailure: undefined,
}

export const answers: Readonly<Record<string, Choice>> = {
  usual: { label: 'as usual', settings: asUsual },
  slow: { label: `slow, ${SLOW_MS / 1_000} s`, settings: { ...asUsual, latencyMs: SLOW_MS } },
  none: { label: 'none at all', settings: { ...asUsual, silent: true } },
  'no nested': {
    label: 'without nested app auth',
    settings: { ...asUsual, nested: { recommended: false, bridge: false } },
  },
  ...named(ssoFailures, 'Teams SSO fails', (sso) => ({ sso })),
  ...named(nestedStatuses, 'Nested app auth fails', (status) => ({ nestedFailure: { status } })),
}

function named<T extends string>(
  failures: readonly T[],
  group: string,
  settings: (failure: T) => Choice['settings'],
): Record<string, Choice> {
  return Object.fromEntries(
    failures.map((label) => [label, { label, group, settings: { ...asUsual, ...settings(label) } }]),
  )
}
