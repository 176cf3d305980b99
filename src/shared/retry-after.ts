/**
 * For how many milliseconds a server does not want to be asked again: `Retry-After` is in seconds, or a date by the clock of
 * the server (RFC 9110 §10.2.3). `NaN` for anything else.
 */
export function retryAfterMs(headers: Headers): number {
  const value = headers.get('Retry-After') ?? ''
  const serverNow = Date.parse(headers.get('Date') ?? '') || Date.now()
  return Number(value) * 1000 || Date.parse(value) - serverNow
}
