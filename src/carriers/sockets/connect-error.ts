// What a `connect_error` means. Socket.IO has no codes of its own: servers put them into `data`, or into the message.

/** Codes such as `token_expired`, `unauthorized`, 401 and 4401 (a close code of WebSocket), and the same in words. */
const UNAUTHORIZED =
  /\b(4?401|unauthori[sz]ed|unauthenticated|not authenticated|authentication[ _](failed|error|required)|(jwt|token)[\w ]*(expired|invalid|malformed|missing)|(expired|invalid|missing)[\w ]*(jwt|token))\b/i

/** The answer of socket.io itself, which comes without `data`. */
const NO_SUCH_NAMESPACE = 'Invalid namespace'

/** What a server answers to a token, in CONNECT or in a renewal. Any part can be anything. */
export interface ServerAnswer {
  readonly message?: unknown
  readonly data?: unknown
}

/** Whether the server answered a CONNECT with CONNECT_ERROR. Errors of the transport carry no `data`. */
export function isServerAnswer(error: unknown): error is ServerAnswer {
  return 'data' in Object(error)
}

/** Whether another token could help. A code decides; without one, the message does. */
export function isUnauthorized({ data, message }: ServerAnswer): boolean {
  const evidence = codeOf(data) ?? message
  return (typeof evidence === 'string' || typeof evidence === 'number') && UNAUTHORIZED.test(`${evidence}`)
}

/** Whether the server answered a token with "this is another account". */
export function isOtherAccount({ data }: ServerAnswer): boolean {
  return codeOf(data) === 'account_mismatch'
}

/** Whether the server says that trying again is of no use. */
export function isFinal({ data, message }: ServerAnswer): boolean {
  return Object(data).retry === false || (data === undefined && message === NO_SUCH_NAMESPACE)
}

/** Whether no connection came about. */
export function isTransportError(error: unknown): error is { readonly description?: unknown } {
  return Object(error).type === 'TransportError'
}

function codeOf(data: unknown): unknown {
  const { code, type, status, statusCode } = Object(data) as Record<'code' | 'type' | 'status' | 'statusCode', unknown>
  return code ?? type ?? status ?? statusCode
}
