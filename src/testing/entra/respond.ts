// From a request to the answer: faults first, then the endpoint.

import type { Denial } from './aadsts.js'
import {
  denialReply,
  droppedReply,
  errorPageReply,
  pageReply,
  preflightReply,
  type Reply,
  textReply,
} from './answers.js'
import { answerAuthorize } from './authorize.js'
import type { EntraCall } from './call.js'
import { changesAnswer, type EntraFault, type FaultQueue, wait } from './faults.js'
import { answerLogout } from './logout.js'
import { answerDiscovery, answerKeys } from './metadata.js'
import type { Parts } from './parts.js'
import { answerToken } from './token.js'
import { isAuthority } from './users.js'

const THROTTLED_STATUS = 429
const TRANSIENT_ERROR = 90033

export interface RespondContext {
  readonly parts: Parts
  readonly faults: FaultQueue
  /** Aborted when the emulator is disposed. */
  readonly disposed: AbortSignal
}

export async function respond(context: RespondContext, call: EntraCall, request: Request): Promise<Reply> {
  const { parts, faults, disposed } = context
  if (request.method === 'OPTIONS') return preflightReply(call, request)
  const fault = faults.take(call.endpoint)
  if (fault?.delayMs && !(await wait(fault.delayMs, [request.signal, disposed]))) return droppedReply()
  const failing = fault && changesAnswer(fault) ? fault : undefined
  if (failing?.drop) return droppedReply()
  return replyOfEndpoint(parts, call, failing)
}

function replyOfEndpoint(parts: Parts, call: EntraCall, fault: EntraFault | undefined): Reply | Promise<Reply> {
  const { settings } = parts
  if (call.endpoint === 'unknown') return denialReply(settings, call, { code: 900144, status: 404 })
  if (!isAuthority(call.authority, settings.users, settings)) return refuseTenant(parts, call)
  if (fault && !goesBackToApp(call, fault)) return faultReply(parts, call, fault)
  switch (call.endpoint) {
    case 'authorize':
      return answerAuthorize(parts, call, fault && denialOf(fault))
    case 'token':
      return answerToken(parts, call)
    case 'logout':
      return answerLogout(parts, call)
    case 'keys':
      return answerKeys(parts.keys, call)
    case 'discovery':
      return answerDiscovery(settings, call)
  }
}

/** An error at the authorize endpoint is sent back to the app, unless it is one of HTTP. */
function goesBackToApp({ endpoint }: EntraCall, { raw, status, retryAfterSeconds }: EntraFault): boolean {
  return endpoint === 'authorize' && [raw, status, retryAfterSeconds].every((each) => each === undefined)
}

function refuseTenant({ settings }: Parts, call: EntraCall): Reply {
  const denial = { code: 90002, text: `Tenant '${call.authority}' not found.` }
  const isPage = call.endpoint === 'authorize' || call.endpoint === 'logout'
  return isPage ? errorPageReply(settings, call, denial) : denialReply(settings, call, denial)
}

function faultReply({ settings }: Parts, call: EntraCall, fault: EntraFault): Reply {
  const { retryAfterSeconds, raw, status } = fault
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  const isPage = call.endpoint === 'authorize' || call.endpoint === 'logout'
  if (raw !== undefined && isPage) return pageReply(call, raw, { status: status ?? 200, headers })
  if (raw !== undefined) return textReply(call, status ?? 200, raw, headers)
  return (isPage ? errorPageReply : denialReply)(settings, call, denialOf(fault), headers)
}

function denialOf(fault: EntraFault): Denial {
  const { code = TRANSIENT_ERROR, error, suberror, claims, retryAfterSeconds } = fault
  const status = fault.status ?? (retryAfterSeconds === undefined ? undefined : THROTTLED_STATUS)
  return { code, error, suberror, claims, status }
}
