// The clouds of Microsoft: the one table. `npm run clouds` writes python/twodoor/cloud_table.py and docs/clouds.md from it.
//
// Sources, all of Microsoft Learn unless they say otherwise:
// - authorities: "Microsoft Entra authentication & national clouds" (entra/identity-platform/authentication-national-cloud)
// - their other names: the list of MSAL (`AuthorityMetadata` of @azure/msal-common), which a test compares
// - issuers of version 1.0: Microsoft Q&A 1190472, "What are the token issuers for the sovereign clouds"
// - Graph: "Microsoft Graph national cloud deployments" (graph/deployments)
// - who frames tabs: "Tab requirements" for the public cloud; for the others the list of teams-js, which a test compares;
//   for 21Vianet "TeamsJS client library": its Teams is in no list of teams-js, so that it is trusted where an app names it.

export type MicrosoftCloudName = 'public' | 'gcc' | 'gcc-high' | 'dod' | '21vianet'

/** The addresses of one of Microsoft's clouds. */
export interface MicrosoftCloud {
  readonly name: MicrosoftCloudName
  /** What people call it. */
  readonly title: string
  /** For `authority`, of the page and of the server. */
  readonly authority: string
  /** The origin in the `iss` of version 1.0 tokens. In that of version 2.0 it is `authority`. */
  readonly versionOneIssuer: string
  /** Of Microsoft Graph. */
  readonly graph: string
  /** Who shows tabs in a frame: for the directive `frame-ancestors`, beside `'self'`. */
  readonly frameAncestors: readonly string[]
}

const ofThePublicCloud = {
  authority: 'https://login.microsoftonline.com',
  versionOneIssuer: 'https://sts.windows.net',
  graph: 'https://graph.microsoft.com',
  frameAncestors: [
    'https://*.cloud.microsoft',
    'https://teams.microsoft.com',
    'https://*.teams.microsoft.com',
    'https://*.microsoft365.com',
    'https://*.office.com',
    'https://outlook.office365.com',
  ],
}

export const clouds: readonly MicrosoftCloud[] = [
  { name: 'public', title: 'the public cloud', ...ofThePublicCloud },
  { name: 'gcc', title: 'GCC', ...ofThePublicCloud },
  {
    name: 'gcc-high',
    title: 'GCC High',
    authority: 'https://login.microsoftonline.us',
    versionOneIssuer: 'https://sts.windows.net',
    graph: 'https://graph.microsoft.us',
    frameAncestors: [
      'https://teams.microsoft.us',
      'https://gov.teams.microsoft.us',
      'https://outlook.office365.us',
      'https://www.office365.us',
      'https://portal.office365.us',
      'https://m365copilotapp.svc.usgovcloud.microsoft',
      'https://cr.m365copilotapp.svc.usgovcloud.microsoft',
    ],
  },
  {
    name: 'dod',
    title: 'DoD',
    authority: 'https://login.microsoftonline.us',
    versionOneIssuer: 'https://sts.windows.net',
    graph: 'https://dod-graph.microsoft.us',
    frameAncestors: [
      'https://dod.teams.microsoft.us',
      'https://outlook-dod.office365.us',
      'https://webmail.apps.mil',
      'https://www.ohome.apps.mil',
      'https://portal.apps.mil',
      'https://dod.m365copilotapp.svc.usgovcloud.microsoft',
      'https://cr.dod.m365copilotapp.svc.usgovcloud.microsoft',
    ],
  },
  {
    name: '21vianet',
    title: '21Vianet',
    authority: 'https://login.partner.microsoftonline.cn',
    versionOneIssuer: 'https://sts.chinacloudapi.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
    frameAncestors: ['https://teams.microsoftonline.cn'],
  },
]

/** Other names of the authorities, which no token has in its `iss`. */
export const otherNamesOfAuthorities: Readonly<Record<string, string>> = {
  'https://login.windows.net': 'https://login.microsoftonline.com',
  'https://login.microsoft.com': 'https://login.microsoftonline.com',
  'https://sts.windows.net': 'https://login.microsoftonline.com',
  'https://login.usgovcloudapi.net': 'https://login.microsoftonline.us',
  'https://login.chinacloudapi.cn': 'https://login.partner.microsoftonline.cn',
}

/** Of Microsoft, whatever comes before: what is no authority of the table is of a cloud that nobody here knows. */
const ofMicrosoft = /^https:\/\/([\w-]+\.)*(microsoftonline\.(com|us|cn|de)|sovcloud-identity\.(fr|de|sg))(:\d+)?$/

/** The authority to name in the place of this one, as a rule for an option, or `undefined` if this one will do. */
export function whyNoAuthority(authority: string): string | undefined {
  const name = otherNamesOfAuthorities[authority]
  if (name !== undefined) return `the name that tokens have for it, ${name}`
  const authorities = [...new Set(clouds.map((each) => each.authority))]
  if (authorities.includes(authority) || !ofMicrosoft.test(authority)) return undefined
  return `that of a cloud that is known: ${authorities.join(', ')}`
}

/** The origin of the `iss` of version 1.0 tokens. Whatever is no cloud of Microsoft's issues them itself. */
export function versionOneIssuerOf(authority: string): string {
  return clouds.find((each) => each.authority === authority)?.versionOneIssuer ?? authority
}

/** The authorities of the clouds that issue such tokens. */
export function authoritiesIssuing(iss: unknown): readonly string[] {
  const issuing = clouds.filter(({ authority, versionOneIssuer }) =>
    [authority, versionOneIssuer].some((origin) => typeof iss === 'string' && iss.startsWith(`${origin}/`)),
  )
  return [...new Set(issuing.map(({ authority }) => authority))]
}
