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
import { authorize } from './authorize.js'
import type { Call } from './call.js'
import { changesAnswer, type EntraFault, type FaultQueue, wait } from './faults.js'
import { logout } from './logout.js'
import { discovery, keys } from './metadata.js'
import type { Parts } from './parts.js'
import { token } from './token.js'
import { isAuthority } from './users.js'

const TOO_MANY_REQUESTS = 429
const TRANSIENT_ERROR = 90033

export async function respond(
  parts: Parts,
  faults: FaultQueue,
  call: Call,
  request: Request,
  disposed: AbortSignal,
): Promise<Reply> {
  if (request.method === 'OPTIONS') return preflightReply(call, request)
  const fault = faults.take(call.endpoint)
  if (fault?.delayMs && !(await wait(fault.delayMs, [request.signal, disposed]))) return droppedReply()
  const failing = fault && changesAnswer(fault) ? fault : undefined
  if (failing?.drop) return droppedReply()
  return answer(parts, call, failing)
}

function answer(parts: Parts, call: Call, fault: EntraFault | undefined): Reply | Promise<Reply> {
  const { settings } = parts
  if (call.endpoint === 'unknown') return denialReply(settings, call, { code: 900144, status: 404 })
  if (!isAuthority(call.authority, settings.users, settings)) return refuseTenant(parts, call)
  if (fault && !goesBackToApp(call, fault)) return faultReply(parts, call, fault)
  switch (call.endpoint) {
    case 'authorize':
      return authorize(parts, call, fault && denialOf(fault))
    case 'token':
      return token(parts, call)
    case 'logout':
      return logout(parts, call)
    case 'keys':
      return keys(parts.keys, call)
    case 'discovery':
      return discovery(settings, call)
  }
}

/** An error at the authorize endpoint is told to the app, unless it is one of HTTP. */
function goesBackToApp({ endpoint }: Call, { raw, status, retryAfterSeconds }: EntraFault): boolean {
  return endpoint === 'authorize' && [raw, status, retryAfterSeconds].every((each) => each === undefined)
}

function refuseTenant({ settings }: Parts, call: Call): Reply {
  const denial = { code: 90002, text: `Tenant '${call.authority}' not found.` }
  const isPage = call.endpoint === 'authorize' || call.endpoint === 'logout'
  return isPage ? errorPageReply(settings, call, denial) : denialReply(settings, call, denial)
}

function faultReply({ settings }: Parts, call: Call, fault: EntraFault): Reply {
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
  const status = fault.status ?? (retryAfterSeconds === undefined ? undefined : TOO_MANY_REQUESTS)
  return { ...{ code, error, suberror, claims, status } }
}
