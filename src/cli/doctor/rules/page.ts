// What keeps a page from being shown and from working in a frame.

import { isLoopback } from '../../../shared/origins.js'
import { fillIn, ownMessages } from '../../../sources/failures/own-messages.js'
import { allows, ancestorLists, isKeptOutOfFrames, policiesOf } from '../../policy.js'
import { type CookieForm, cookieForms } from '../cookies.js'
import { type Facts, isOk, leaves, type Page, type Rule } from '../facts.js'
import { insecureOrigins, metaPolicies } from '../markup.js'
import { isHtml } from '../read-scripts.js'
import type { Finding } from '../report.js'
import { withoutQuery } from '../visit.js'

type PageRule = (facts: Facts) => Finding | readonly Finding[] | undefined

/** What servers forgive, as `createVerifier` does. */
const CLOCK_TOLERANCE_MS = 60_000
const MS_PER_S = 1000

/** What another site sends is not of the app. */
export const pageRules: Rule = (facts) =>
  leaves(facts.page) ? [pageLeaves(facts.page)] : rules.flatMap((rule) => rule(facts) ?? [])

const pageStatus: PageRule = ({ page }) => {
  if (isOk(page)) return undefined
  return {
    code: 'page_status',
    message: `${withoutQuery(page.url)} answers ${page.status}.`,
    remedy: 'Let the page answer 200 to everybody, and ask who it is when it runs.',
  }
}

const pageNotHtml: PageRule = ({ page }) => {
  if (!isOk(page) || isHtml(page)) return undefined
  return {
    code: 'page_not_html',
    message: `${withoutQuery(page.url)} is not HTML.`,
    remedy: 'Name the page that the tab shows, and send it with `Content-Type: text/html`.',
  }
}

/** Microsoft Learn, "Tab requirements": pages are on https. Browsers take loopback for as safe. */
const pageHttp: PageRule = ({ page: { url } }) => {
  if (url.protocol === 'https:' || isLoopback(url)) return undefined
  return {
    code: 'page_http',
    message: `${url.origin} is on plain http, which no host shows and no browser signs in at.`,
    remedy: 'Serve the page over https.',
  }
}

/** Microsoft Learn, "Tab requirements": "Login pages don't render in iFrames". */
function pageLeaves({ url }: Page): Finding {
  return {
    code: 'page_leaves',
    message: `The page leads to another origin, ${url.origin}.`,
    remedy:
      'Name that one in the tab if the app is there; a sign-in page is shown by no frame: let the script of the page sign in.',
  }
}

/** Microsoft Learn, "Tab requirements", with the hosts of each cloud. Each policy has to allow them. */
const frameAncestors: PageRule = ({ page, cloud }) => {
  const lists = ancestorLists(page.headers)
  const missing = cloud.frameAncestors.filter((host) => !lists.every((list) => allows(list, host, page.url.origin)))
  if (missing.length === 0) return undefined
  return {
    code: 'frame_ancestors',
    message: `\`frame-ancestors\` of the Content-Security-Policy keeps out ${missing.join(' ')}.`,
    remedy: `Send \`frame-ancestors 'self' ${cloud.frameAncestors.join(' ')}\`.`,
  }
}

/** Microsoft Learn, "Tab requirements". */
const xFrameOptions: PageRule = ({ page: { headers }, cloud }) => {
  if (!isKeptOutOfFrames(headers)) return undefined
  return {
    code: 'x_frame_options',
    message: '`X-Frame-Options` keeps every host from showing the page.',
    remedy: `Send \`Content-Security-Policy: frame-ancestors 'self' ${cloud.frameAncestors.join(' ')}\` in its place.`,
  }
}

/** MSAL asks the authority from the page; `auth.fetch` asks the API. The words are those of the `AuthError` for it. */
const connectSrc: PageRule = ({ page, cloud, api }) => {
  const policies = policiesOf(page.headers, metaPolicies(page.text))
  const wanted = [cloud.authority, ...(api && api.asked.origin !== page.url.origin ? [api.asked.origin] : [])]
  const blocked = wanted.flatMap((origin) => {
    const directives = policies.flatMap((policy) => {
      const directive = ['connect-src', 'default-src'].find((each) => policy.has(each))
      return directive && !allows(policy.get(directive) ?? [], origin, page.url.origin) ? directive : []
    })
    return directives.slice(0, 1).map((directive) => ({ url: origin, blocked: origin, directive }))
  })
  const message = ownMessages['csp'] ?? ['', '']
  return blocked.map((values): Finding => ({ code: 'connect_src', ...fillIn(message, values) }))
}

/**
 * Of load balancers: the app has no say in them, and works without them. Azure App Service, Azure Application Gateway, Azure
 * Front Door, AWS Elastic Load Balancing.
 */
const balancing = /^(ARRAffinity(SameSite)?|ApplicationGatewayAffinity(CORS)?|ASLBSA(CORS)?|AWSALB(TG)?(CORS)?)$/

/** By name, as a cookie that is set in two forms needs one that travels. */
function ownCookies({ headers, receivedAt }: Page): ReadonlyMap<string, readonly CookieForm[]> {
  const forms = cookieForms(headers, receivedAt).filter(({ name }) => !balancing.test(name))
  return new Map(forms.map(({ name }) => [name, forms.filter((form) => form.name === name)]))
}

/** Microsoft Learn, "SameSite cookie attribute" (Teams): only `None` and `Secure` travel in a frame. */
const cookies: PageRule = ({ page }) => {
  const codes = [...ownCookies(page)].map(([name, forms]) => {
    const faults = forms.map(cookieFault)
    return { name, code: faults.includes(undefined) ? undefined : faults[0] }
  })
  return COOKIE_CODES.flatMap((code) => {
    const faulty = codes.filter((each) => each.code === code).map(({ name }) => name)
    return faulty.length > 0
      ? [{ code, message: `${cookieText[code]}: ${faulty.join(', ')}.`, remedy: COOKIE_REMEDY }]
      : []
  })
}

const COOKIE_CODES = ['cookie_same_site', 'cookie_secure'] as const
type CookieCode = (typeof COOKIE_CODES)[number]
const cookieText: Readonly<Record<CookieCode, string>> = {
  cookie_same_site: 'Cookies that a frame does not send, as they are not `SameSite=None`',
  cookie_secure: 'Cookies that browsers drop, as they are `SameSite=None` without `Secure`',
}
const COOKIE_REMEDY =
  'Set them with `SameSite=None; Secure; Partitioned` where the page is in a frame, as `createSessions` does.'

function cookieFault({ sameSite, isSecure }: CookieForm): CookieCode | undefined {
  if (sameSite !== 'none') return 'cookie_same_site'
  return isSecure ? undefined : 'cookie_secure'
}

/** MDN, "Cookies Having Independent Partitioned State": a choice of the browser and its user, so it is a note and not a finding. */
export function cookieNotes({ page }: Facts): readonly string[] {
  const blocked = [...ownCookies(page)].flatMap(([name, forms]) => {
    const travelling = forms.filter((form) => !cookieFault(form))
    return travelling.length > 0 && !travelling.some(({ isPartitioned }) => isPartitioned) ? [name] : []
  })
  if (blocked.length === 0) return []
  return [
    `Where third-party cookies are blocked, a frame no longer sends these: ${blocked.join(', ')}. Set them with \`Partitioned\` too, as \`createSessions\` does.`,
  ]
}

/** W3C, "Mixed Content"; "Upgrade Insecure Requests": the browser loads them over https then. */
const mixedContent: PageRule = ({ page: { url, text, headers } }) => {
  const origins = url.protocol === 'https:' ? insecureOrigins(text) : []
  if (origins.length === 0) return undefined
  if (policiesOf(headers, metaPolicies(text)).some((policy) => policy.has('upgrade-insecure-requests')))
    return undefined
  return {
    code: 'mixed_content',
    message: `The page loads from plain http, which browsers block: ${origins.join(', ')}.`,
    remedy: 'Load it over https.',
  }
}

/** Tokens are valid from a second on and until one. */
const clock: PageRule = ({ page }) => {
  const [ahead] = clockErrors(page)
  if (ahead === undefined || clockErrors(page).includes(0)) return undefined
  const minutes = Math.max(1, Math.round(Math.abs(ahead) / 60_000))
  return {
    code: 'clock',
    message: `The clock of the server is ${minutes} min ${ahead > 0 ? 'ahead of' : 'behind'} that of this machine: tokens are refused.`,
    remedy: 'Set the clock that is wrong by a time server (NTP).',
  }
}

export function clockNotes({ page }: Facts): readonly string[] {
  const [sinceKept, now] = clockErrors(page)
  if (sinceKept === undefined) return ['The server does not tell the time, so its clock was not compared.']
  if (sinceKept === 0 || now !== 0) return []
  return ["The page comes from a cache that sends its own time, so the server's clock was not compared."]
}

/**
 * By how many milliseconds the clock of the server is ahead, `0` where that is forgiven: if a cache sends the time at which it
 * was given the page, which is `Age` ago (RFC 9111 §5.1), and if it sends that of now, as Cloudflare does.
 */
function clockErrors({ headers, sentAt, receivedAt }: Page): readonly number[] {
  const date = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(date)) return []
  const age = (Number(headers.get('age') ?? 0) || 0) * MS_PER_S
  const errors = [date + age, date].map((time) => time - (sentAt + receivedAt) / 2)
  return errors.map((each) => (Math.abs(each) <= CLOCK_TOLERANCE_MS + (receivedAt - sentAt) / 2 ? 0 : each))
}

const rules: readonly PageRule[] = [
  pageStatus,
  pageNotHtml,
  pageHttp,
  frameAncestors,
  xFrameOptions,
  connectSrc,
  cookies,
  mixedContent,
  clock,
]
