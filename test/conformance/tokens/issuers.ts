import { AUTHORITY, adele, claimCases, otherTenantId, PERSONAL_TENANT, tenantId, token, versionOne } from './make.js'
import type { TokenCase } from './token-case.js'

const US_GOVERNMENT = 'https://login.microsoftonline.us'
const CHINA = 'https://login.partner.microsoftonline.cn'
const v2 = (tenant: string, authority = AUTHORITY) => `${authority}/${tenant}/v2.0`

function ofVersionOne(sentence: string, changes: object, expected: TokenCase['expected']): TokenCase {
  return { sentence: `version 1.0: ${sentence}`, token: token({ claims: { ...versionOne, ...changes } }), expected }
}

/** Which tenant it is of, and who has issued it: both have to be the same (Microsoft Learn, "Access tokens"). */
export const issuers: readonly TokenCase[] = [
  ...claimCases('wrong_tenant', [
    ['a tenant that is not named', { tid: otherTenantId, iss: v2(otherTenantId) }],
    ['no `tid`', { tid: undefined }],
    ['`tid` null', { tid: null }],
    ['an empty `tid`', { tid: '' }],
    ['`tid` in upper case', { tid: tenantId.toUpperCase() }],
    ['`tid` in braces', { tid: `{${tenantId}}` }],
    ['`tid` without hyphens', { tid: tenantId.replaceAll('-', '') }],
    ['`tid` in a list', { tid: [tenantId] }],
    ['`tid` in an object', { tid: { tid: tenantId } }],
    ['`tid` with a space after it', { tid: `${tenantId} ` }],
    ['`tid` with a line break after it', { tid: `${tenantId}\n` }],
    ['`tid` with a path', { tid: `${tenantId}/../${otherTenantId}` }],
    ['`tid` common', { tid: 'common', iss: v2('common') }],
    ['`tid` organizations', { tid: 'organizations', iss: v2('organizations') }],
    ['`tid` a domain', { tid: 'contoso.com', iss: v2('contoso.com') }],
    ['personal accounts, which nobody has named', { tid: PERSONAL_TENANT, iss: v2(PERSONAL_TENANT) }],
  ]),
  ...claimCases('wrong_issuer', [
    ['no `iss`', { iss: undefined }],
    ['`iss` null', { iss: null }],
    ['`iss` in a list', { iss: [v2(tenantId)] }],
    ['the issuer of another tenant', { iss: v2(otherTenantId) }],
    ['an issuer with a slash after it', { iss: `${v2(tenantId)}/` }],
    ['an issuer with a space after it', { iss: `${v2(tenantId)} ` }],
    ['an issuer over http', { iss: v2(tenantId, 'http://login.microsoftonline.com') }],
    ['an issuer in upper case', { iss: v2(tenantId, 'https://LOGIN.microsoftonline.com') }],
    ['an issuer with the tenant in upper case', { iss: v2(tenantId.toUpperCase()) }],
    ['an issuer with the placeholder for a tenant', { iss: v2('{tenantid}') }],
    ['the issuer common', { iss: v2('common') }],
    ['an issuer at a host that ends alike', { iss: v2(tenantId, 'https://evil-login.microsoftonline.com') }],
    ['an issuer at a host that begins alike', { iss: v2(tenantId, 'https://login.microsoftonline.com.evil.example') }],
    ['an issuer with a user before the host', { iss: v2(tenantId, 'https://login.microsoftonline.com@evil.example') }],
    ['an issuer with a port', { iss: v2(tenantId, `${AUTHORITY}:443`) }],
    ['an issuer with a query', { iss: `${v2(tenantId)}?x` }],
    ['an issuer of Azure AD B2C', { iss: `https://contoso.b2clogin.com/${tenantId}/v2.0/` }],
    ['an issuer of Entra External ID', { iss: `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0` }],
    ['an issuer of another cloud', { iss: v2(tenantId, US_GOVERNMENT) }],
    ['the issuer of version 1.0 in version 2.0', { iss: `https://sts.windows.net/${tenantId}/` }],
  ]),
  ...claimCases('token_invalid', [
    ['no `ver`', { ver: undefined }],
    ['`ver` null', { ver: null }],
    ['`ver` a number', { ver: 2 }],
    ['`ver` 2', { ver: '2' }],
    ['`ver` 3.0', { ver: '3.0' }],
    ['`ver` with a space', { ver: '2.0 ' }],
    ['`ver` in a list', { ver: ['2.0'] }],
    ['`ver` constructor', { ver: 'constructor' }],
  ]),
  ofVersionOne('as Entra ID issues it', {}, 'accepted'),
  ofVersionOne('the issuer of version 2.0', { iss: v2(tenantId) }, 'wrong_issuer'),
  ofVersionOne('the issuer at the authority', { iss: `${AUTHORITY}/${tenantId}/` }, 'wrong_issuer'),
  ofVersionOne('an issuer without the slash after it', { iss: `https://sts.windows.net/${tenantId}` }, 'wrong_issuer'),
  ofVersionOne('the issuer of another tenant', { iss: `https://sts.windows.net/${otherTenantId}/` }, 'wrong_issuer'),
  ofVersionOne('the issuer of China', { iss: `https://sts.chinacloudapi.cn/${tenantId}/` }, 'wrong_issuer'),
  ofVersionOne('`ver` a number', { ver: 1 }, 'token_invalid'),
  ...claimCases('accepted', [['US Government: its own token', { iss: v2(tenantId, US_GOVERNMENT) }]], {
    authority: US_GOVERNMENT,
  }),
  ...claimCases('accepted', [['US Government: version 1.0 has the public issuer', versionOne]], {
    authority: US_GOVERNMENT,
  }),
  ...claimCases('wrong_issuer', [['US Government: a token of the public cloud', {}]], { authority: US_GOVERNMENT }),
  ...claimCases('accepted', [['China: its own token', { iss: v2(tenantId, CHINA) }]], { authority: CHINA }),
  ...claimCases(
    'accepted',
    [['China: its own version 1.0', { ...versionOne, iss: `https://sts.chinacloudapi.cn/${tenantId}/` }]],
    { authority: CHINA },
  ),
  ...claimCases('wrong_issuer', [['China: the public issuer of version 1.0', versionOne]], { authority: CHINA }),
  {
    sentence: 'any organization: a tenant that nobody has named',
    token: token({ claims: { tid: otherTenantId, iss: v2(otherTenantId) } }),
    verifier: { tenants: 'any-organization' },
    expected: 'accepted',
    identity: `entra:${otherTenantId}:${adele}`,
  },
  ...claimCases(
    'wrong_issuer',
    [
      ['any organization: the issuer of another tenant', { iss: v2(otherTenantId) }],
      ['any organization: the issuer with the placeholder for a tenant', { iss: v2('{tenantid}') }],
      ['any organization: the issuer organizations', { iss: v2('organizations') }],
    ],
    { tenants: 'any-organization' },
  ),
  ...claimCases(
    'wrong_tenant',
    [
      ['any organization: personal accounts are none', { tid: PERSONAL_TENANT, iss: v2(PERSONAL_TENANT) }],
      ['any organization: `tid` in upper case', { tid: tenantId.toUpperCase() }],
      ['any organization: `tid` organizations', { tid: 'organizations', iss: v2('organizations') }],
    ],
    { tenants: 'any-organization' },
  ),
  {
    sentence: 'personal accounts, where their tenant is named',
    token: token({ claims: { tid: PERSONAL_TENANT, iss: v2(PERSONAL_TENANT) } }),
    verifier: { tenants: [tenantId, PERSONAL_TENANT] },
    expected: 'accepted',
    identity: `entra:${PERSONAL_TENANT}:${adele}`,
  },
  {
    sentence: 'a tenant that the options name in upper case',
    token: token(),
    verifier: { tenants: [tenantId.toUpperCase()] },
    expected: 'accepted',
  },
  ...claimCases('wrong_issuer', [
    ['an issuer of 21Vianet', { iss: v2(tenantId, CHINA) }],
    ['an issuer of 21Vianet under its other name', { iss: v2(tenantId, 'https://login.chinacloudapi.cn') }],
    ['an issuer of a cloud that nobody knows', { iss: v2(tenantId, 'https://login.microsoftonline.example') }],
  ]),
  ...claimCases('wrong_issuer', [['US Government: a token of 21Vianet', { iss: v2(tenantId, CHINA) }]], {
    authority: US_GOVERNMENT,
  }),
  ...claimCases(
    'wrong_issuer',
    [
      ['US Government: version 1.0 of 21Vianet', { ...versionOne, iss: `https://sts.chinacloudapi.cn/${tenantId}/` }],
      [
        'US Government: version 1.0 with the issuer at the authority',
        { ...versionOne, iss: `${US_GOVERNMENT}/${tenantId}/` },
      ],
    ],
    { authority: US_GOVERNMENT },
  ),
  ...claimCases(
    'wrong_issuer',
    [
      ['China: a token of US Government', { iss: v2(tenantId, US_GOVERNMENT) }],
      ['China: a token with the other name of its authority', { iss: v2(tenantId, 'https://login.chinacloudapi.cn') }],
    ],
    { authority: CHINA },
  ),
  {
    sentence: 'any organization of US Government: a tenant that nobody has named',
    token: token({ claims: { tid: otherTenantId, iss: v2(otherTenantId, US_GOVERNMENT) } }),
    verifier: { tenants: 'any-organization', authority: US_GOVERNMENT },
    expected: 'accepted',
    identity: `entra:${otherTenantId}:${adele}`,
  },
]
