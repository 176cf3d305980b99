import { readFileSync } from 'node:fs'
import { claimCases, clientId, otherClientId, tenantId, token } from './make.js'
import type { TokenCase, VerifierChanges } from './token-case.js'

interface Row {
  readonly name: string
  readonly aud: unknown
  readonly named: boolean
  readonly anyOrganization: boolean
}

// The table that the unit tests of both halves read too.
const table = new URL('../../audiences.json', import.meta.url)
const { origins, rows } = JSON.parse(readFileSync(table, 'utf8')) as { origins: string[]; rows: Row[] }
const OWN = 'api://contoso.example/twodoor'

function caseOf(sentence: string, aud: unknown, isAccepted: boolean, verifier: VerifierChanges): TokenCase {
  return { sentence, token: token({ claims: { aud } }), expected: isAccepted ? 'accepted' : 'wrong_audience', verifier }
}

function filledIn(aud: unknown): unknown {
  const names = { '<id>': clientId, '<ID>': clientId.toUpperCase(), '<other>': otherClientId }
  const text = JSON.stringify(aud).replaceAll('<id without hyphens>', clientId.replaceAll('-', ''))
  return JSON.parse(Object.entries(names).reduce((filled, [name, id]) => filled.replaceAll(name, id), text))
}

/** Which API it is for, where the tenants are named. */
export const audiences: readonly TokenCase[] = [
  ...rows.map(({ name, aud, named }) => caseOf(`\`aud\`: ${name}`, filledIn(aud), named, { tenants: [tenantId] })),
  ...claimCases('wrong_audience', [
    ['no `aud`', { aud: undefined }],
    ['an audience that the options do not name', { aud: OWN }],
  ]),
  ...claimCases('accepted', [['an audience that the options name', { aud: OWN }]], { audiences: [OWN] }),
  ...claimCases('accepted', [['the client ID, beside an audience that the options name', {}]], { audiences: [OWN] }),
  ...claimCases(
    'wrong_audience',
    [
      ['an audience that the options name, in other letters', { aud: OWN.toUpperCase() }],
      ['an audience that the options name, with a slash after it', { aud: `${OWN}/` }],
      ['an audience that the options name, in a list', { aud: [OWN] }],
    ],
    { audiences: [OWN] },
  ),
]

/** The same where any organization is let in, and the origins are named. */
export const audiencesOfAny: readonly TokenCase[] = rows.map(({ name, aud, anyOrganization }) =>
  caseOf(`any organization, \`aud\`: ${name}`, filledIn(aud), anyOrganization, {
    tenants: 'any-organization',
    origins,
  }),
)
