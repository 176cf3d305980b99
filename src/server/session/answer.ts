// What the session URL answers.

import type { RefusalCode } from '../refusal.js'

/**
 * Why the session URL refuses a request, as `{ code }` in JSON: a {@link RefusalCode} of the token, or one that only
 * sessions have.
 *
 * - `session_missing` (401): there is no session, or it has ended.
 * - `wrong_origin` (403): the page that sent the request may not begin or end sessions here. Name its origin in `origins`.
 * - `wrong_context` (400): the header `X-Twodoor-Context` is neither `top` nor `framed`.
 * - `method_not_allowed` (405): it is none of `GET`, `POST` and `DELETE`.
 */
export type SessionRefusalCode =
  | RefusalCode
  | 'session_missing'
  | 'wrong_origin'
  | 'wrong_context'
  | 'method_not_allowed'

type HeaderRecord = Readonly<Record<string, string>>

const noStore = { 'Cache-Control': 'no-store', Vary: 'Origin' }

export function jsonAnswer(status: number, body: object, headers: HeaderRecord = {}): Response {
  return Response.json(body, { status, headers: { ...headers, ...noStore } })
}

export function refusalAnswer(status: number, code: SessionRefusalCode, headers?: HeaderRecord): Response {
  return jsonAnswer(status, { code }, headers)
}

export function emptyAnswer(): Response {
  return new Response(null, { status: 204, headers: noStore })
}

export function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const each of cookies) response.headers.append('Set-Cookie', each)
  return response
}
