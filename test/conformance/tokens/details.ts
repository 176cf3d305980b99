import { type Members, token, versionOne } from './make.js'
import type { Details, TokenCase } from './token-case.js'

const GROUP = '60000000-0000-4000-8000-000000000006'
const OVERAGE: Details = { groups: null, groupsOverage: true }
const UNKNOWN: Details = { groups: null, groupsOverage: false }

const rows: readonly (readonly [sentence: string, claims: Members, details: Details])[] = [
  ['no app role', {}, { roles: [] }],
  ['app roles', { roles: ['Admin', 'Reader'] }, { roles: ['Admin', 'Reader'] }],
  ['`roles` a text: it is no list', { roles: 'Admin' }, { roles: [] }],
  ['`roles` with a number: it is not half a list', { roles: ['Admin', 1] }, { roles: [] }],
  ['no group', {}, { groups: [], groupsOverage: false }],
  ['groups', { groups: [GROUP] }, { groups: [GROUP], groupsOverage: false }],
  ['`groups` a text: nobody knows the groups', { groups: GROUP }, UNKNOWN],
  ['`groups` null: nobody knows the groups', { groups: null }, UNKNOWN],
  ['`groups` with null: nobody knows the groups', { groups: [GROUP, null] }, UNKNOWN],
  [
    'more groups than fit (`_claim_names`)',
    { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.microsoft.com/' } } },
    OVERAGE,
  ],
  ['more groups than fit (`hasgroups`)', { hasgroups: true }, OVERAGE],
  ['more groups than fit, and some of them all the same', { groups: [GROUP], hasgroups: true }, OVERAGE],
  ['`hasgroups` a text', { hasgroups: 'true' }, OVERAGE],
  ['`hasgroups` false', { groups: [GROUP], hasgroups: false }, { groups: [GROUP], groupsOverage: false }],
  [
    '`_claim_names` of another claim',
    { groups: [GROUP], _claim_names: { address: 'src1' } },
    { groups: [GROUP], groupsOverage: false },
  ],
  ['scopes, one by one', { scp: 'files.read  access_as_user' }, { scopes: ['files.read', 'access_as_user'] }],
  ['no sign-in name', {}, { username: null }],
  ['`preferred_username`', { preferred_username: 'adele@contoso.example' }, { username: 'adele@contoso.example' }],
  ['version 1.0: `upn`', { ...versionOne, upn: 'adele@contoso.example' }, { username: 'adele@contoso.example' }],
  [
    'version 1.0: `unique_name` of a guest',
    { ...versionOne, unique_name: 'megan@fabrikam.example' },
    { username: 'megan@fabrikam.example' },
  ],
  ['`preferred_username` a number', { preferred_username: 7 }, { username: null }],
]

/** What an identity has beside its key. */
export const details: readonly TokenCase[] = rows.map(([sentence, claims, expected]) => ({
  sentence,
  token: token({ claims }),
  expected: 'accepted',
  details: expected,
}))
