import { registrationOf } from '../manifest/registration.js'
import type { Facts } from './facts.js'
import { isOk } from './facts.js'
import type { DoctorReport } from './report.js'
import { apiRules } from './rules/api.js'
import { clientIdOf, manifestRules } from './rules/manifest.js'
import { ancestorLists, pageRules } from './rules/page.js'
import { redirectPageRules } from './rules/redirect-page.js'
import { withoutQuery } from './visit.js'

/** All rules, on what is known. */
export function examine(facts: Facts): DoctorReport {
  const { page, redirectPage } = facts
  const clientId = clientIdOf(facts)
  return {
    url: withoutQuery(page.url),
    findings: [manifestRules, pageRules, redirectPageRules, apiRules].flatMap((rules) => rules(facts)),
    registration: registrationOf(page.asked.host, clientId, withoutQuery(redirectPage.asked)),
    notes: notesOn(facts),
  }
}

function notesOn({ page, redirectPage, api, manifest }: Facts): readonly string[] {
  const notes = [page, redirectPage, ...(api ? [api] : [])].flatMap(({ asked, redirects }) =>
    redirects.length > 0 ? [`${withoutQuery(asked)} redirects to ${redirects.join(', then ')}.`] : [],
  )
  if (isOk(page) && !ancestorLists(page.headers).length && !page.headers.has('x-frame-options'))
    notes.push(
      'Any site can show the page in a frame: `frame-ancestors` in its Content-Security-Policy names those that may.',
    )
  if (redirectPage.asked.pathname !== '/')
    notes.push(
      `The redirect URI is ${withoutQuery(redirectPage.asked)} here; without \`browser.redirectUri\` it is ${redirectPage.asked.origin}/.`,
    )
  if (!page.code.isComplete || !redirectPage.code.isComplete)
    notes.push('Not every script of the page could be read, so that what it does can only be guessed.')
  if (!page.headers.has('date')) notes.push('The server does not tell the time, so its clock was not compared.')
  if (api && api.status < 400)
    notes.push(`${withoutQuery(api.asked)} answers ${api.status} without a token: is that meant?`)
  if (!manifest) notes.push('No manifest was named, so none was checked.')
  return [...new Set(notes)]
}
