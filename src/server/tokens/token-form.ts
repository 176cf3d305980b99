import { TokenRefusedError } from '../refusal.js'

/** Headers and CONNECT payloads of servers and proxies hold less than this anyway. */
export const MAX_TOKEN_LENGTH = 16_384

// What to change, for the log.
const howToSend =
  'A page sends it by `auth.fetch` or `withSocketAuth`; to another origin only if `protectedResources` names it.'

/** Returns the token if it is a text of the right length. All else is refused before anybody reads it. */
export function checkTokenForm(token: unknown): string {
  if (token === undefined || token === null || token === '') {
    throw new TokenRefusedError('token_missing', `There is no token. ${howToSend}`)
  }
  if (typeof token !== 'string') throw new TokenRefusedError('token_malformed', 'The token is not a string.')
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new TokenRefusedError('token_malformed', 'The token is longer than 16 KB.')
  }
  return token
}
