// What the app registration has to have, by the names that the portal gives its fields: text to compare, as no tool reads a
// registration without signing in. Sources: Microsoft Learn, "Configure your tab app in Microsoft Entra ID" and "Nested app
// authentication".

import { microsoftClients } from '../../server/tokens/options.js'
import { brokerRedirectUri, OWN_SCOPE } from '../../shared/registration.js'

/** A field of the app registration, and what it has to have. */
export interface RegistrationField {
  /** Where the portal has it. */
  readonly field: string
  readonly values: readonly string[]
}

/** What the registration follows from. */
export interface RegistrationParts {
  /** Of the page, with its port if it has one. */
  readonly host: string
  readonly clientId: string
  /** The page that Entra ID sends the user back to. */
  readonly redirectUri: string
  readonly applicationIdUri: string
}

export function registrationOf(parts: RegistrationParts): readonly RegistrationField[] {
  const { host, clientId, redirectUri, applicationIdUri } = parts
  return [
    { field: 'Overview, Application (client) ID', values: [clientId] },
    {
      field: 'Authentication, Single-page application, Redirect URIs',
      values: [redirectUri, brokerRedirectUri(host)],
    },
    { field: 'Expose an API, Application ID URI', values: [applicationIdUri] },
    { field: 'Expose an API, Scopes', values: [OWN_SCOPE] },
    { field: 'Expose an API, Authorized client applications', values: microsoftClients },
  ]
}

export function registrationLines(fields: readonly RegistrationField[]): string[] {
  return fields.flatMap(({ field, values }) => [`  ${field}`, ...values.map((value) => `    ${value}`)])
}
