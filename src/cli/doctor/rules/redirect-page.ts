// What keeps the page from working that Entra ID sends the user back to.

import { type Facts, isOk, leaves, originOf, type Page, type Rule } from '../facts.js'
import { isHtml } from '../read-scripts.js'
import type { Finding } from '../report.js'
import { withoutQuery } from '../visit.js'

/** What is left of twodoor or MSAL in any build. */
const sdk = /twodoor|msal\.js\.|handleRedirectPromise|@azure\/msal|createAuth|runPopup/
/** Each of them cuts a page off from the one that has opened it (HTML, "Cross-origin opener policies"). */
const cutsOff = /^(same-origin|same-origin-allow-popups|noopener-allow-popups)\b/i
/** What the page of `popupPage` has in it: docs/popup.md. Every other page is gone to, so that nobody has opened it. */
const popup = /\brunPopup\b/

export const redirectPageRules: Rule = (facts) => [...redirectFindings(facts), ...popupFindings(facts)]

function redirectFindings({ page, redirectPage }: Facts): readonly Finding[] {
  const { asked, url, code, status } = redirectPage
  const where = withoutQuery(asked)
  if (url.origin !== originOf(page))
    return [
      {
        code: 'redirect_uri_origin',
        message: `The redirect URI ends at another origin than the page: ${url.origin}.`,
        remedy: `Name a page of ${originOf(page)} in \`browser.redirectUri\` and in the app registration.`,
      },
    ]
  if (!isOk(redirectPage))
    return [
      {
        code: 'redirect_uri_status',
        message: `The redirect URI ${where} answers ${status}.`,
        remedy:
          'Serve a page of the app there, or name another one in `browser.redirectUri` and in the app registration.',
      },
    ]
  if (isHtml(redirectPage) && (!code.isComplete || sdk.test(code.text))) return []
  return [
    {
      code: 'redirect_uri_sdk',
      message: `No script of the redirect URI ${where} takes up what Entra ID sends: neither twodoor nor MSAL is there.`,
      remedy: 'Name a page in `browser.redirectUri` that calls `createAuth`.',
    },
  ]
}

/** Microsoft Learn, "Cross-Origin-Opener-Policy and MSAL": none on the page that comes back to the one that has opened it. */
function popupFindings(facts: Facts): readonly Finding[] {
  return pagesCutOff(facts)
    .filter(({ code }) => popup.test(code.text))
    .map((each) => ({
      code: 'coop',
      message: `\`Cross-Origin-Opener-Policy\` of ${withoutQuery(each.url)} cuts it off from the page that has opened it.`,
      remedy: 'Send none with this page, or `unsafe-none`: pop-ups come back to it.',
    }))
}

/** A sign-in by redirect does not mind. */
export function popupNotes(facts: Facts): readonly string[] {
  return pagesCutOff(facts)
    .filter(({ code }) => !popup.test(code.text))
    .map(({ url, headers }) => {
      const policy = headers.get('cross-origin-opener-policy')
      return `${withoutQuery(url)} sends \`Cross-Origin-Opener-Policy: ${policy}\`, which the page of \`popupPage\` must not.`
    })
}

function pagesCutOff({ page, redirectPage }: Facts): readonly Page[] {
  const pages = page.url.href === redirectPage.url.href ? [redirectPage] : [page, redirectPage]
  return pages.filter(
    (each) => isOk(each) && !leaves(each) && cutsOff.test(each.headers.get('cross-origin-opener-policy')?.trim() ?? ''),
  )
}
