import { pageReply, type Reply, redirectReply } from './answers.js'
import type { EntraCall, Parameters } from './call.js'
import { signedOutPage } from './pages.js'
import type { Parts } from './parts.js'
import { usernameOf } from './tokens.js'
import { userNamed } from './users.js'

/** OpenID Connect RP-Initiated Logout 1.0. Without a hint everybody in this browser is signed out. */
export function answerLogout({ sessions, settings }: Parts, call: EntraCall): Reply {
  const parameters: Parameters = new Map([...call.form, ...call.query])
  sessions.signOut(call, userNamed(usernameOf(parameters.get('logout_hint')), settings.users))
  const landing = parameters.get('post_logout_redirect_uri')
  if (!landing || !settings.isLandingPage(landing)) return pageReply(call, signedOutPage())
  const target = new URL(landing)
  const state = parameters.get('state')
  if (state !== undefined) target.searchParams.set('state', state)
  return redirectReply(call, target.href)
}
