// The tokens of the host: what Teams asks Entra ID for. Its own page alone may ask.

import { readClaims } from '../../shared/claims.js'
import type { EntraEmulator } from '../../testing/entra/entra.js'
import { entraMint } from '../../testing/entra-mint.js'
import { isMintRefusal, type MintedToken, type MintRefusal, type MintToken } from '../../testing/teams/mint.js'
import type { Wire } from './wire.js'

/** A mint for the app of the command alone, which tells the wire what it has done. */
export function createDevMint(entra: EntraEmulator, wire: Wire): MintToken {
  const mint = entraMint(entra)
  return async (request) => {
    const how = request.purpose === 'sso' ? 'token for Teams SSO' : 'token for nested app auth'
    const answer: MintedToken | MintRefusal =
      request.clientId === entra.clientId
        ? await mint(request)
        : { error: 'unauthorized_client', description: `The app is ${entra.clientId} here.` }
    if (isMintRefusal(answer)) {
      wire.tell({ from: 'entra', what: how, result: answer.subError ?? answer.error, tone: 'bad' })
      return answer
    }
    wire.tell({ from: 'entra', what: how, result: '200', tone: 'good' })
    const claims = readClaims(answer.token)
    if (claims) wire.see({ door: 'host', how: request.purpose, claims })
    return answer
  }
}
