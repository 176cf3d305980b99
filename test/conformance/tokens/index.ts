// All cases about tokens, numbered: the first digits say which group, and the others count in it.

import { apps } from './apps.js'
import { audiences, audiencesOfAny } from './audiences.js'
import { details } from './details.js'
import { form } from './form.js'
import { header } from './header.js'
import { issuers } from './issuers.js'
import { json } from './json.js'
import { keyDocuments } from './key-documents.js'
import { clients, kinds, scopes } from './kinds.js'
import { clientId, identity, keys, published, tenantId } from './make.js'
import { signatures } from './signature.js'
import { times } from './times.js'
import type { NumberedCase, TokenCase } from './token-case.js'

interface Group {
  readonly title: string
  readonly cases: readonly TokenCase[]
}

/** In the order of their numbers. A new group comes last. */
export const groups: readonly Group[] = [
  { title: 'The form of the text, and its base64url', cases: form },
  { title: 'JSON that can be read in one way only', cases: json },
  { title: 'What the header says', cases: header },
  { title: 'Who has signed it', cases: signatures },
  { title: 'The keys that the authority publishes', cases: keyDocuments },
  { title: 'When it is valid', cases: times },
  { title: 'Which tenant it is of, and who has issued it', cases: issuers },
  { title: 'Which kind of token it is, and of whom', cases: kinds },
  { title: 'Which client has asked for it', cases: clients },
  { title: 'Which scopes it has', cases: scopes },
  { title: 'Which API it is for, where tenants are named', cases: audiences },
  { title: 'Which API it is for, where any organization is let in', cases: audiencesOfAny },
  { title: 'What is known of the user', cases: details },
  { title: 'Apps on their own, where the options let them in', cases: apps },
]

/** T1-01 is the first case of the first group. */
export function numbered({ cases }: Group, index: number): NumberedCase[] {
  return cases.map((each, at) => ({ number: `T${index + 1}-${String(at + 1).padStart(2, '0')}`, ...each }))
}

/** What test/conformance/tokens.json has. */
export function tokenFile(): string {
  const about =
    'The cases of docs/conformance.md about tokens. Generated: `npm run conformance -- --update`. Each is run with a verifier and an authority of its own.'
  const shared = {
    _: about,
    verifier: { clientId, tenants: [tenantId] },
    identity,
    keys: keys(published('signing', 'key-1'), published('next', 'key-2')),
  }
  return `${JSON.stringify({ ...shared, cases: groups.flatMap(numbered) }, null, 1)}\n`
}
