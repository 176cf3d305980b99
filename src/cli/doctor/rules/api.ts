// What a browser does not let the page see of an API on another origin. Source: Fetch, "CORS protocol".

import { type Api, originOf, type Rule } from '../facts.js'
import type { Finding } from '../report.js'
import { withoutQuery } from '../visit.js'

const UNAUTHORIZED = 401

export const apiRules: Rule = ({ api, page }) => {
  if (!api) return []
  const where = withoutQuery(api.asked)
  if (api.status === 404 || api.status >= 500)
    return [
      {
        code: 'api_status',
        message: `The API ${where} answers ${api.status}.`,
        remedy: `Name an address with --api that asks for a token, and answers ${UNAUTHORIZED} without one.`,
      },
    ]
  const origin = originOf(page)
  return [...corsFindings(api, origin, where), ...challengeFindings(api, origin, where)]
}

function corsFindings(api: Api, origin: string, where: string): readonly Finding[] {
  const { preflight } = api
  if (!preflight) return []
  const findings: Finding[] = []
  if (![preflight, api].every(({ headers }) => allowsOrigin(headers, origin)))
    findings.push({
      code: 'api_allow_origin',
      message: `The API ${where} does not let ${origin} read its answers.`,
      remedy: `Let it answer \`Access-Control-Allow-Origin: ${origin}\` once, to OPTIONS and to errors too.`,
    })
  // The asterisk does not stand for this header ("CORS-preflight fetch").
  const allowed = listIn(preflight.headers, 'access-control-allow-headers')
  if (preflight.status >= 300 || !allowed.includes('authorization'))
    findings.push({
      code: 'api_allow_authorization',
      message: `The API ${where} does not let a page of ${origin} send a token.`,
      remedy: 'Let OPTIONS answer 204 without a token, with `Access-Control-Allow-Headers: Authorization`.',
    })
  return findings
}

/** RFC 9110 §11.6.1. Microsoft Learn, "Claims challenges": what the page has to do is in `WWW-Authenticate`. */
function challengeFindings(api: Api, origin: string, where: string): readonly Finding[] {
  if (api.status !== UNAUTHORIZED) return []
  if (!api.headers.has('www-authenticate'))
    return [
      {
        code: 'api_challenge',
        message: `The API ${where} answers ${UNAUTHORIZED} without \`WWW-Authenticate\`.`,
        remedy: 'Send `WWW-Authenticate: Bearer` with it, as `requireAuth` does.',
      },
    ]
  if (!api.preflight || isListed(api.headers, 'access-control-expose-headers', 'www-authenticate')) return []
  return [
    {
      code: 'api_expose',
      message: `The API ${where} hides \`WWW-Authenticate\` from ${origin}: claims challenges are lost.`,
      remedy: 'Send `Access-Control-Expose-Headers: WWW-Authenticate`.',
    },
  ]
}

/** "CORS check": the whole value is compared. One that a proxy has added to that of the app makes a list, which is none of both. */
function allowsOrigin(headers: Headers, origin: string): boolean {
  return ['*', origin].includes(headers.get('access-control-allow-origin')?.trim() ?? '')
}

function isListed(headers: Headers, name: string, wanted: string): boolean {
  const list = listIn(headers, name)
  return list.includes('*') || list.includes(wanted)
}

function listIn(headers: Headers, name: string): readonly string[] {
  return (headers.get(name) ?? '').toLowerCase().split(/\s*,\s*/)
}
