// What a host says, quoted as far as it is safe to show: hosts put anything into an error.

import type { Refusal } from '../source.js'
import { lookUp, type Message } from './own-messages.js'

const LONGEST_QUOTE = 200
/** The rest is not even searched for secrets: that takes time with the square of the length. */
const LONGEST_READ = 2_000
/** Longer than a word: a token, a code or a key. Names have dots too, but no digits. */
const SECRET = /[\w~+=%-]{28,}|(?=[\w~+=%.-]*\d)[\w~+=%.-]{28,}/
/** A GUID that stands alone is no secret. The authorization codes of personal accounts end in one. */
const LONE_GUID = /(^|[^\w~+=%.-])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\.?[\w~+=%-])/gi

const SAYS = 'The host says "{cause}".'
/** `npx twodoor doctor` says so too. */
export const RESOURCE =
  'Set `webApplicationInfo` in the app manifest: `resource` to {resource}, which has to name {host}, `id` to {clientId}.'

/** What to do about messages of `getAuthToken`: Microsoft Learn, "Tab SSO troubleshooting". */
const HOST_REMEDIES: Readonly<Record<string, string>> = {
  resourceDisabled: `Enable the API in the tenant. ${RESOURCE}`,
}

/** @param quoted - what the host says, after {@link quote} */
export function hostMessage({ refused }: Refusal, quoted: string): Message | undefined {
  if (refused !== 'host_refused') return undefined
  return [quoted ? SAYS : 'The host gives no token.', lookUp(HOST_REMEDIES, quoted) ?? RESOURCE]
}

/** Makes a foreign text safe to show: shortened, without e-mail addresses, and empty if it could contain a secret. */
export function quote(text: string): string {
  const plain = text
    .slice(0, LONGEST_READ)
    .replace(/\s+/g, ' ')
    .replace(/[^\s@]+@\S+\.\S+/g, '…')
  if (SECRET.test(plain.replace(LONE_GUID, '$1'))) return ''
  const short = plain.replace(/[?#]\S*/g, '') // can be what signs a URL
  return short.length > LONGEST_QUOTE ? `${short.slice(0, LONGEST_QUOTE)}…` : short
}
