import { type Denial, errorFields } from './aadsts.js'
import { type EntraCall, newRequestId } from './call.js'
import { escapeHtml, page } from './pages.js'

/** An answer, and the number of the error that it reports. */
export interface Reply {
  readonly response: Response
  readonly aadsts?: number | undefined
}

/** What every answer needs to know. */
export interface Setting {
  readonly url: string
  now(): number
}

/** How the answer gets back to the app: OAuth 2.0 Multiple Response Types and Form Post Response Mode. */
export type ResponseMode = 'fragment' | 'query' | 'form_post'

export function jsonReply(call: EntraCall, status: number, body: unknown, headers?: Record<string, string>): Reply {
  return textReply(call, status, JSON.stringify(body), headers)
}

/** A body as it is, for what claims to be JSON. */
export function textReply(call: EntraCall, status: number, body: string, headers: Record<string, string> = {}): Reply {
  const type = { 'content-type': 'application/json; charset=utf-8' }
  return { response: new Response(body, { status, headers: { ...headersForAll(call), ...type, ...headers } }) }
}

/** The error answer of the token endpoint. */
export function denialReply(
  setting: Setting,
  call: EntraCall,
  denial: Denial,
  headers?: Record<string, string>,
): Reply {
  const body = errorFields(denial, setting.url, setting.now(), call.correlationId)
  return { ...jsonReply(call, denial.status ?? 400, body, headers), aadsts: denial.code }
}

/** An error that cannot go back to the app, because the redirect URI may not be that of the app. */
export function errorPageReply(
  setting: Setting,
  call: EntraCall,
  denial: Denial,
  headers?: Record<string, string>,
): Reply {
  const { error_description } = errorFields(denial, setting.url, setting.now(), call.correlationId)
  const body = `<h1>Sorry, but we’re having trouble signing you in.</h1><p>${escapeHtml(error_description)}</p>`
  const reply = pageReply(call, page('Sign in', body), { status: denial.status ?? 400, headers })
  return { ...reply, aadsts: denial.code }
}

export function pageReply(
  call: EntraCall,
  html: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> | undefined } = {},
): Reply {
  const own = {
    'content-type': 'text/html; charset=utf-8',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'strict-origin-when-cross-origin',
  }
  return { response: new Response(html, { status, headers: { ...headersForAll(call), ...own, ...headers } }) }
}

export function redirectReply(call: EntraCall, location: string, headers: Record<string, string> = {}): Reply {
  return { response: new Response(null, { status: 302, headers: { ...headersForAll(call), location, ...headers } }) }
}

/** Sends `fields` to the app, in the way that it asked for. */
export function appReply(
  call: EntraCall,
  to: { readonly redirectUri: string; readonly mode: ResponseMode },
  fields: Readonly<Record<string, string>>,
  headers: Record<string, string> = {},
): Reply {
  if (to.mode === 'form_post') return pageReply(call, formPostPage(to.redirectUri, fields), { headers })
  const target = new URL(to.redirectUri)
  if (to.mode === 'fragment') target.hash = new URLSearchParams(fields).toString()
  else for (const [name, value] of Object.entries(fields)) target.searchParams.set(name, value)
  return redirectReply(call, target.href, headers)
}

/** The lost connection: a listener ends the socket, `fetch` rejects. */
export function droppedReply(): Reply {
  return { response: Response.error() }
}

/** Every origin may read every answer, errors included: otherwise an app could not tell them from a lost connection. */
export function headersForAll({ origin }: Pick<EntraCall, 'origin'>): Record<string, string> {
  return {
    'access-control-allow-origin': origin ?? '*',
    'access-control-expose-headers': 'Retry-After, x-ms-request-id, Content-Length, Date',
    'cache-control': 'no-store, no-cache',
    'x-ms-request-id': newRequestId(),
    vary: 'Origin',
  }
}

/** A mistake in the emulator, or in a function that it was given, is shown and not hidden. */
export function failureReply(setting: Setting, call: EntraCall, error: unknown): Reply {
  const text = `The emulator failed: ${error instanceof Error ? error.message : 'unknown reason'}`
  return denialReply(setting, call, { code: 90033, error: 'server_error', text, status: 500 })
}

export function preflightReply(call: EntraCall, request: Request): Reply {
  const headers = {
    ...headersForAll(call),
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? 'content-type',
  }
  return { response: new Response(null, { status: 204, headers }) }
}

function formPostPage(redirectUri: string, fields: Readonly<Record<string, string>>): string {
  const inputs = Object.entries(fields).map(([name, value]) => hiddenInput(name, value))
  const form = `<form method="post" action="${escapeHtml(redirectUri)}">${inputs.join('')}<button>Continue</button></form>`
  return page('Working…', `${form}<script>document.forms[0].submit()</script>`)
}

function hiddenInput(name: string, value: string): string {
  return `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`
}
