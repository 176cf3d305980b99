// Copies of the built twodoor, as two bundles on a page have. MSAL in them is the one of the world.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bug, copyBuild } from '../../sequences/copy.js'
import type { Copy } from './tab.js'

const LIBRARY = `const { PublicClientApplication, createNestablePublicClientApplication } = new Proxy({}, {
  get: (_, name) => function (...args) {
    const value = globalThis[Symbol.for('twodoor test: MSAL')][name]
    return new.target ? new value(...args) : value(...args)
  },
})
export { PublicClientApplication, createNestablePublicClientApplication }
export const handleResponse = (client, hash) => client.handleRedirectPromise({ hash })
export const tellOfSignOut = async () => {}
`
/** Loaded lazily, but not while the clock stands still. */
const PARTS = [
  'engine.js',
  'sources/msal/library.js',
  'sources/msal/lock.js',
  'sources/msal/nested.js',
  'sources/msal/lost-response.js',
  'sources/failures/messages.js',
  'carriers/fetch/warnings.js',
]

/** @param bug - a mistake to put into the copy, and no other */
export async function copyForTabs(name: string, bug?: Bug): Promise<Copy> {
  const { folder, load } = copyBuild(name, bug)
  writeFileSync(join(folder, 'sources/msal/library.js'), LIBRARY)
  const [{ createAuth }] = await Promise.all([load<Copy>('auth.js'), ...PARTS.map((part) => load(part))])
  return { createAuth }
}
