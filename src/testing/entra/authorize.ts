import { type Denial, errorFields } from './aadsts.js'
import { appReply, errorPageReply, pageReply, type Reply, type ResponseMode } from './answers.js'
import type { EntraCall, Parameters } from './call.js'
import { type Demands, NO_DEMANDS, readDemands } from './demands.js'
import type { ClientType } from './grants.js'
import { accountPage, consentPage, fields, stepUpPage } from './pages.js'
import type { Parts } from './parts.js'
import { clientAt } from './platforms.js'
import type { SignedInUser } from './policies.js'
import { parseScopes, refuseScopes } from './scopes.js'
import { clientInfoOf, idTokenClaims, usernameOf } from './tokens.js'
import { identityAt, userNamed } from './users.js'

/** An authorization request whose client and redirect URI are known to be right. */
interface AuthorizeRequest {
  readonly call: EntraCall
  readonly parameters: Parameters
  readonly client: ClientType
  readonly redirectUri: string
  /** Whether an ID token is to come with the code, as in the hybrid flow of OpenID Connect. */
  readonly isHybrid: boolean
  readonly mode: ResponseMode
  readonly scopes: readonly string[]
  readonly prompt: string | undefined
  readonly demands: Demands
  /** What the user clicked on a page of ours. */
  readonly clicked: { readonly user: string | undefined; readonly step: string | undefined }
}

type Outcome =
  | { readonly status: 'refused'; readonly denial: Denial }
  | { readonly status: 'pick' }
  | { readonly status: 'step-up' | 'consent' | 'granted'; readonly signIn: SignedInUser }

const prompts = [undefined, '', 'none', 'login', 'select_account', 'consent']

/** The authorize endpoint: a page to interact with, or the way back to the app. */
export async function answerAuthorize(parts: Parts, call: EntraCall, fault: Denial | undefined): Promise<Reply> {
  const parameters: Parameters = new Map([...call.form, ...call.query])
  const outright = refuseOutright(parts, parameters)
  if (outright) return errorPageReply(parts.settings, call, outright)
  const ask = readAsk(parts, call, parameters)
  const refused = fault ?? refuseAsk(parts, ask)
  if (refused) return sendRefusal(parts, ask, refused)
  const { headers, outcome } = proceed(parts, ask)
  return replyFor(parts, ask, outcome, headers)
}

/** What is shown on a page of the emulator, and must not be sent to the redirect URI. */
function refuseOutright({ settings }: Parts, parameters: Parameters): Denial | undefined {
  const clientId = parameters.get('client_id')
  const redirectUri = parameters.get('redirect_uri')
  if (!clientId) return { code: 900144, text: "The request lacks the parameter 'client_id'." }
  if (clientId.toLowerCase() !== settings.clientId)
    return { code: 700016, text: `Application with identifier '${clientId}' was not found in the directory.` }
  if (!redirectUri) return { code: 900144, text: "The request lacks the parameter 'redirect_uri'." }
  if (clientAt(settings, redirectUri)) return undefined
  return { code: 50011, text: `The redirect URI '${redirectUri}' does not match those of the application.` }
}

function readAsk({ settings }: Parts, call: EntraCall, parameters: Parameters): AuthorizeRequest {
  const redirectUri = parameters.get('redirect_uri') ?? ''
  const isHybrid = isSameSet(parameters.get('response_type'), 'code id_token')
  const mode = parameters.get('response_mode') ?? (isHybrid ? 'fragment' : 'query')
  return {
    call,
    parameters,
    redirectUri,
    isHybrid,
    client: clientAt(settings, redirectUri) ?? 'spa',
    mode: mode === 'fragment' || mode === 'form_post' ? mode : 'query',
    scopes: parseScopes(parameters.get('scope') ?? ''),
    prompt: parameters.get('prompt'),
    demands: readDemands(parameters.get('claims')) ?? NO_DEMANDS,
    clicked: { user: call.form.get(fields.user), step: call.form.get(fields.step) },
  }
}

/** Both have the same words, in whatever order. */
function isSameSet(text = '', words: string): boolean {
  return text.split(' ').sort().join(' ') === words
}

function refuseAsk({ settings }: Parts, ask: AuthorizeRequest): Denial | undefined {
  const { parameters, scopes, prompt, client, isHybrid, mode } = ask
  const isPkce = parameters.get('code_challenge') && parameters.get('code_challenge_method') === 'S256'
  const isSupported = parameters.get('response_type') === 'code' || (isHybrid && client === 'web')
  if (!isSupported) return { code: 700054 }
  if (client === 'spa' && !isPkce) return { code: 9002325 }
  if (isHybrid && mode === 'query') return { code: 70007 }
  if (isHybrid && !parameters.get('nonce')) return { code: 900144, text: "The request lacks the parameter 'nonce'." }
  if (!parameters.get('scope')) return { code: 900144, text: "The request lacks the parameter 'scope'." }
  if (!prompts.includes(prompt)) return { code: 90023, text: `The value '${prompt}' of 'prompt' is not supported.` }
  if (!readDemands(parameters.get('claims')))
    return { code: 9000410, text: "The parameter 'claims' is no JSON object." }
  return refuseScopes(scopes, settings)
}

/** Does what the user clicked, then looks how far the request gets. */
function proceed(parts: Parts, ask: AuthorizeRequest): { headers: Record<string, string>; outcome: Outcome } {
  const { policies, sessions, settings } = parts
  const { user: username, step } = ask.clicked
  const user = userNamed(username, settings.users)
  if (!user || ask.prompt === 'none') return { headers: {}, outcome: outcomeFor(parts, ask, undefined) }
  if (step === 'cancel') return { headers: {}, outcome: { status: 'refused', denial: { code: 65004 } } }
  const known = step ? sessions.of(ask.call).find((each) => each.user === user) : undefined
  const { signIn, headers } = known ? { signIn: known, headers: {} } : sessions.signIn(ask.call, user)
  if (known && step === 'approve') policies.stepUp(signIn)
  if (known && step === 'accept') policies.consent(user, ask.scopes)
  return { headers, outcome: outcomeFor(parts, ask, signIn) }
}

function outcomeFor(parts: Parts, ask: AuthorizeRequest, clicked: SignedInUser | undefined): Outcome {
  const { policies, settings } = parts
  const silent = ask.prompt === 'none'
  const signIn = clicked ?? findSignIn(parts, ask)
  if (!('user' in signIn)) return silent ? { status: 'refused', denial: signIn } : { status: 'pick' }
  if (policies.isRevoked(signIn))
    return silent ? refusedWith({ code: 50173, error: 'interaction_required' }) : { status: 'pick' }
  if (!identityAt(ask.call.authority, signIn.user, settings)) return refusedWith({ code: 50020 })
  if (policies.needsStepUp(signIn, ask.demands.contexts.length > 0))
    return silent ? refusedWith({ code: 50076 }) : { status: 'step-up', signIn }
  const accepted = clicked !== undefined && ask.clicked.step === 'accept'
  const asksAgain = ask.prompt === 'consent' && !accepted
  if (!asksAgain && policies.hasConsented(signIn.user, ask.scopes)) return { status: 'granted', signIn }
  return silent ? refusedWith({ code: 65001 }) : { status: 'consent', signIn }
}

/** Which of the signed-in users the request means, or why none. */
function findSignIn({ sessions }: Parts, { call, parameters, prompt }: AuthorizeRequest): SignedInUser | Denial {
  if (prompt === 'login' || prompt === 'select_account') return { code: 50058 }
  const candidates = sessions.of(call)
  const sid = parameters.get('sid')
  const hint = usernameOf(parameters.get('login_hint'))?.toLowerCase()
  if (sid) return candidates.find((each) => each.sid === sid) ?? { code: 50058 }
  if (hint) return candidates.find(({ user }) => user.username.toLowerCase() === hint) ?? { code: 50058 }
  const [only, ...others] = candidates
  return others.length > 0 ? { code: 16000 } : (only ?? { code: 50058 })
}

function replyFor(
  parts: Parts,
  ask: AuthorizeRequest,
  outcome: Outcome,
  headers: Record<string, string>,
): Reply | Promise<Reply> {
  const action = actionOf(ask)
  switch (outcome.status) {
    case 'refused':
      return sendRefusal(parts, ask, outcome.denial, headers)
    case 'pick':
      return pageReply(ask.call, accountPage(action, ...accountsFor(parts, ask)), { headers })
    case 'step-up':
      return pageReply(ask.call, stepUpPage(action, outcome.signIn.user), { headers })
    case 'consent':
      return pageReply(ask.call, consentPage(action, outcome.signIn.user, ask.scopes), { headers })
    case 'granted':
      return sendCode(parts, ask, outcome.signIn, headers)
  }
}

/** The account in the hint comes first. */
function accountsFor({ settings, sessions }: Parts, { call, parameters }: AuthorizeRequest) {
  const hinted = userNamed(usernameOf(parameters.get('login_hint')), settings.users)
  const others = settings.users.filter((user) => user !== hinted)
  const signedIn = sessions.of(call).map(({ user }) => user)
  return [hinted ? [hinted, ...others] : others, signedIn] as const
}

async function sendCode(
  parts: Parts,
  ask: AuthorizeRequest,
  signIn: SignedInUser,
  headers: Record<string, string>,
): Promise<Reply> {
  const { settings, grants, keys } = parts
  const { call, parameters, client, scopes, redirectUri } = ask
  const identity = identityAt(call.authority, signIn.user, settings)
  const code = grants.issueCode({
    client,
    signIn,
    scopes,
    redirectUri,
    challenge: parameters.get('code_challenge'),
    nonce: parameters.get('nonce'),
    claims: parameters.get('claims'),
  })
  const info = identity && parameters.has('client_info') && { client_info: clientInfoOf(signIn.user, identity) }
  const subject = identity && ask.isHybrid && { user: signIn.user, identity, sid: signIn.sid }
  const claims = subject && (await idTokenClaims(settings, subject, { nonce: parameters.get('nonce'), code }))
  const idToken = claims && { id_token: await keys.sign(claims) }
  return appReply(call, ask, { code, ...idToken, ...info, session_state: signIn.sid, ...stateOf(parameters) }, headers)
}

function sendRefusal(
  { settings }: Parts,
  ask: AuthorizeRequest,
  denial: Denial,
  headers: Record<string, string> = {},
): Reply {
  const { call, parameters } = ask
  const all = errorFields(denial, settings.url, settings.now(), call.correlationId)
  const { error, error_description, error_uri, suberror, claims } = all
  const secondary = { ...(suberror && { suberror }), ...(claims && { claims }) }
  const answered = { error, error_description, error_uri, ...secondary, ...stateOf(parameters) }
  return { ...appReply(call, ask, answered, headers), aadsts: denial.code }
}

function stateOf(parameters: Parameters): Record<string, string> {
  const state = parameters.get('state')
  return state === undefined ? {} : { state }
}

/** The request itself, all of it in the query: the form has only what is clicked. */
function actionOf({ call, parameters }: AuthorizeRequest): string {
  const own: readonly string[] = Object.values(fields)
  const kept = [...parameters].filter(([name]) => !own.includes(name))
  return `${call.path}?${new URLSearchParams(kept)}`
}

function refusedWith(denial: Denial): Outcome {
  return { status: 'refused', denial }
}
