// What keeps the page from working that Entra ID sends the user back to.

import { isOk, type Rule } from '../facts.js'
import { isHtml } from '../read-scripts.js'
import type { Finding } from '../report.js'
import { withoutQuery } from '../visit.js'

/** What is left of twodoor or MSAL in any build. */
const sdk = /twodoor|msal\.js\.|handleRedirectPromise|@azure\/msal|createAuth|runPopup/
/** Each of them cuts a page off from the one that has opened it (HTML, "Cross-origin opener policies"). */
const cutsOff = /^(same-origin|same-origin-allow-popups|noopener-allow-popups)\b/i

export const redirectPageRules: Rule = ({ page, redirectPage }) => {
  const { asked, url, headers, code, status } = redirectPage
  const findings: Finding[] = []
  const where = withoutQuery(asked)
  if (url.origin !== page.url.origin)
    findings.push({
      code: 'redirect_uri_origin',
      message: `The redirect URI ends at another origin than the page: ${url.origin}.`,
      remedy: `Name a page of ${page.url.origin} in \`browser.redirectUri\` and in the app registration.`,
    })
  if (!isOk(redirectPage)) {
    findings.push({
      code: 'redirect_uri_status',
      message: `The redirect URI ${where} answers ${status}.`,
      remedy:
        'Serve a page of the app there, or name another one in `browser.redirectUri` and in the app registration.',
    })
    return findings
  }
  if (!isHtml(redirectPage) || (code.isComplete && !sdk.test(code.text)))
    findings.push({
      code: 'redirect_uri_sdk',
      message: `No script of the redirect URI ${where} takes up what Entra ID sends: neither twodoor nor MSAL is there.`,
      remedy: 'Name a page in `browser.redirectUri` that calls `createAuth`.',
    })
  // Microsoft Learn, "Cross-Origin-Opener-Policy and MSAL": none on the page that comes back.
  const policy = headers.get('cross-origin-opener-policy') ?? ''
  if (cutsOff.test(policy.trim()))
    findings.push({
      code: 'coop',
      message: `\`Cross-Origin-Opener-Policy\` of the redirect URI ${where} cuts it off from the page that has opened it.`,
      remedy:
        'Send none with this page, or `unsafe-none`: pop-ups of hosts and of `signIn({ popup: true })` come back to it.',
    })
  return findings
}
