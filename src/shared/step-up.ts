// What a claims challenge is about: a step up for one endpoint, or the whole sign-in.

/**
 * What can be asked of a sign-in that goes on: an authentication context of Conditional Access (`acrs`), and the policies that
 * an API behind the server has (`polids`, `capolids`; Microsoft Learn, "OAuth 2.0 On-Behalf-Of flow").
 */
const ASKS_FOR_MORE = ['acrs', 'polids', 'capolids']
/** What the client can do, which says nothing of the user. */
const CAPABILITIES = 'xms_cc'

/**
 * Whether a claims challenge asks for a step up alone. Whatever else one holds is of the whole sign-in, as in continuous access
 * evaluation: tokens from before a time are over (`nbf`), or the address of the user has changed (`xms_rp_ipaddr`).
 *
 * @param challenge - as JSON text
 */
export function isStepUp(challenge: string | undefined): boolean {
  const { access_token: asked, ...others } = parse(challenge)
  const names = Object.keys(Object(asked))
  if (Object.keys(others).length > 0 || !names.some((name) => ASKS_FOR_MORE.includes(name))) return false
  return names.every((name) => name === CAPABILITIES || ASKS_FOR_MORE.includes(name))
}

function parse(text = ''): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
