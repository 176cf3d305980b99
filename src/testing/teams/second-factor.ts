import { isMintRefusal, type MintedToken, type MintRefusal, type MintToken, type TokenMintRequest } from './mint.js'
import type { TeamsSettings } from './settings.js'

/** Asks for a token, and in an interactive call once more where Entra ID wants a second factor of the user, who gives it or not. */
export async function mintWithSecondFactor(
  mint: MintToken,
  asked: TokenMintRequest,
  { interactive, settings }: { readonly interactive: boolean; readonly settings: TeamsSettings },
): Promise<MintedToken | MintRefusal | 'cancelled'> {
  const answer = await mint(asked)
  const isWanted =
    isMintRefusal(answer) && answer.error === 'interaction_required' && answer.subError !== 'consent_required'
  if (!isWanted || !interactive) return answer
  const { secondFactor } = settings
  const given = typeof secondFactor === 'function' ? await secondFactor() : secondFactor
  return given === 'approve' ? mint({ ...asked, secondFactor: true }) : 'cancelled'
}
