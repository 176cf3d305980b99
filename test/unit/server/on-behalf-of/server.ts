// A server that asks for tokens on behalf of its users, at an emulated Entra ID.

import { createOnBehalfOf, createVerifier, type OnBehalfOfOptions } from '../../../../src/server/index.js'
import type { EntraEmulator, MintOptions } from '../../../../src/testing/index.js'

export const ADELE = 'adele@contoso.example'
export const ALEX = 'alex@contoso.example'
export const SECRET = 'the secret of these tests, and of nothing else'

export function serverOf(entra: EntraEmulator, changes: Partial<OnBehalfOfOptions> = {}, now?: () => number) {
  const verifier = createVerifier({ ...entra.verifierOptions(), keepTokens: true, now, onRefused: () => {} })
  const { clientId, fetch } = entra
  const onBehalfOf = createOnBehalfOf({ verifier, clientId, fetch, secret: SECRET, ...changes })
  const identityOf = async (user = ADELE, options?: MintOptions) => verifier.verify(await entra.mint(user, options))
  return { verifier, onBehalfOf, identityOf }
}
