// Words for the transcript. Each function says what of its arguments may be shown; nothing else ever is.

import { readBridgeRequest } from './nested.js'
import { type HostAnswer, nonEmptyText, readObject, recordOf, type TeamsRequest, textsOf } from './wire.js'

/** What a request asks for, without anything that could be secret. */
export function summaryOfRequest({ func, args, data }: TeamsRequest): string {
  switch (func) {
    case 'initialize':
      return `teams-js ${short(args[0])}`
    case 'registerHandler':
      return short(args[0])
    case 'authentication.getAuthToken':
      return `${args[2] === true ? 'silent' : 'interactive'}${textsOf(args[1]).length > 0 ? ', with claims' : ''}`
    case 'authentication.authenticate':
    case 'executeDeepLink':
    case 'navigateCrossDomain':
      return withoutQuery(args[0])
    case 'setFrameContext':
    case 'settings.setSettings':
      return withoutQuery(recordOf(args[0])['contentUrl'])
    case 'settings.setValidityState':
      return args[0] === true ? 'valid' : 'not valid'
    case 'navigateToTab':
      return short(recordOf(args[0])['internalTabInstanceId'])
    case 'pages.navigateToApp':
      return `${short(recordOf(args[0])['appId'])} ${short(recordOf(args[0])['pageId'])}`.trim()
    case 'appInitialization.failure':
    case 'appInitialization.expectedFailure':
      return short(args[0])
    case 'nestedAppAuth.execute':
      return summaryOfBridgeRequest(data)
    default:
      return ''
  }
}

/** How a request was answered. Messages of failures come from the settings of the host, results from the app. */
export function summaryOfAnswer({ func }: TeamsRequest, answer: NonNullable<HostAnswer>): string {
  switch (func) {
    case 'authentication.getAuthToken':
      return answer[0] === true ? 'a token' : String(answer[1])
    case 'authentication.authenticate':
      return answer[0] === true ? 'succeeded' : 'failed'
    case 'nestedAppAuth.execute':
      return summaryOfBridgeAnswer(answer[1])
    default:
      return answer[0] === false ? `refused${refusalReason(answer)}` : ''
  }
}

function refusalReason([, reason]: NonNullable<HostAnswer>): string {
  return nonEmptyText(reason) ? `: ${short(reason)}` : ''
}

function summaryOfBridgeRequest(data: unknown): string {
  const request = readBridgeRequest(data)
  if (!request) return 'malformed'
  return `${request.method.slice(0, 40)} ${short(request.tokenParams['scope'])}`.trim()
}

function summaryOfBridgeAnswer(text: unknown): string {
  const { error, token } = readObject(text) ?? {}
  if (token) return 'a token'
  if (typeof error !== 'object' || error === null) return 'the context'
  const { status, code } = error as { status?: unknown; code?: unknown }
  return `${short(status)} ${short(code)}`.trim()
}

/** Queries and fragments of sign-in addresses carry state and hints. */
function withoutQuery(url: unknown): string {
  const text = nonEmptyText(url)
  if (!text || !URL.canParse(text)) return 'not a URL'
  const { origin, pathname } = new URL(text)
  return origin + pathname
}

const LONGEST_TEXT = 200

function short(value: unknown): string {
  return nonEmptyText(value)?.slice(0, LONGEST_TEXT) ?? ''
}
