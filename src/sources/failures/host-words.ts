// The words for what a host says. Its own are quoted, for what they are: hosts put anything into them.

import type { Refusal } from '../source.js'
import type { Entry } from './own-words.js'

const LONGEST_QUOTE = 200
/** What follows is never quoted. Looking at all of it takes time that grows with the square of its length. */
const LONGEST_READ = 2_000
/** Longer than words are: a token, a code or a key. Names have dots too, but no digits. */
const secret = /[\w~+=%-]{28,}|(?=[\w~+=%.-]*\d)[\w~+=%.-]{28,}/
/** One that stands alone. Codes of personal accounts end in one. */
const guid = /(^|[^\w~+=%.-])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\.?[\w~+=%-])/gi

const SAYS = 'The host says "{cause}".'
const RESOURCE =
  'Set `webApplicationInfo` in the app manifest: `resource` to {resource}, which has to name {host}, `id` to {clientId}.'

/** The messages of `getAuthToken` that somebody has to mend: Microsoft Learn, "Tab SSO troubleshooting". */
const said: Readonly<Record<string, string>> = {
  resourceDisabled: `Enable the API in the tenant. ${RESOURCE}`,
}

/** @param quoted what the host says, as {@link quote} lets it pass */
export function hostWords({ refused }: Refusal, quoted: string): Entry | undefined {
  if (refused !== 'host_refused') return undefined
  const remedy = Object.hasOwn(said, quoted) ? said[quoted] : RESOURCE
  return [quoted ? SAYS : 'The host gives no token.', `${remedy}`]
}

/** A text of somebody else as far as it can be shown: bounded, without addresses of people, and nothing of a secret. */
export function quote(text: string): string {
  const plain = text
    .slice(0, LONGEST_READ)
    .replace(/\s+/g, ' ')
    .replace(/[^\s@]+@\S+\.\S+/g, '…')
  if (secret.test(plain.replace(guid, '$1'))) return ''
  const short = plain.replace(/[?#]\S*/g, '') // what signs an address
  return short.length > LONGEST_QUOTE ? `${short.slice(0, LONGEST_QUOTE)}…` : short
}
