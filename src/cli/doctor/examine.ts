import { registrationOf } from '../manifest/registration.js'
import { ancestorLists } from '../policy.js'
import { type Facts, isOk, leaves } from './facts.js'
import type { DoctorReport } from './report.js'
import { apiRules } from './rules/api.js'
import { applicationIdUriOf, clientIdOf, manifestNotes, manifestRules } from './rules/manifest.js'
import { clockNotes, cookieNotes, pageRules } from './rules/page.js'
import { popupNotes, redirectPageRules } from './rules/redirect-page.js'
import { withoutQuery } from './visit.js'

/** All rules, on what is known. */
export function examine(facts: Facts): DoctorReport {
  const { page, redirectPage } = facts
  return {
    url: withoutQuery(leaves(page) ? page.asked : page.url),
    findings: [manifestRules, pageRules, redirectPageRules, apiRules].flatMap((rules) => rules(facts)),
    registration: registrationOf({
      host: page.asked.host,
      clientId: clientIdOf(facts),
      redirectUri: withoutQuery(redirectPage.asked),
      applicationIdUri: applicationIdUriOf(facts),
    }),
    notes: notesOn(facts),
  }
}

function notesOn(facts: Facts): readonly string[] {
  const { page, redirectPage, api, manifest } = facts
  const notes = [page, redirectPage, ...(api ? [api] : [])].flatMap(({ asked, redirects }) =>
    redirects.length > 0 ? [`${withoutQuery(asked)} redirects to ${redirects.join(', then ')}.`] : [],
  )
  if (!leaves(page)) notes.push(...answerNotes(facts))
  notes.push(...redirectUriNotes(facts), ...popupNotes(facts), ...manifestNotes(facts))
  if (!page.code.isComplete || !redirectPage.code.isComplete)
    notes.push('Not every script of the page could be read, so that what it does can only be guessed.')
  if (api && api.status < 400)
    notes.push(`${withoutQuery(api.asked)} answers ${api.status} without a token: is that meant?`)
  if (!manifest) notes.push('No manifest was named, so none was checked.')
  return [...new Set(notes)]
}

/** On what the server of the app sends with the page. */
function answerNotes(facts: Facts): readonly string[] {
  const { page } = facts
  const notes = [...cookieNotes(facts)]
  if (isOk(page) && !ancestorLists(page.headers).length && !page.headers.has('x-frame-options'))
    notes.push(
      'Any site can show the page in a frame: `frame-ancestors` in its Content-Security-Policy names those that may.',
    )
  return [...notes, ...clockNotes(facts)]
}

function redirectUriNotes({ page, redirectPage: { asked } }: Facts): readonly string[] {
  if (asked.pathname !== '/')
    return [`The redirect URI is ${withoutQuery(asked)} here; without \`browser.redirectUri\` it is ${asked.origin}/.`]
  if (page.asked.pathname === '/') return []
  return [
    `The redirect URI is ${asked.origin}/, as \`createAuth\` has it by itself: name that of \`browser.redirectUri\` with --redirect-uri.`,
  ]
}
