// What MSAL keeps in storage for one client ID. It is removed without MSAL: a sign-out must not depend on MSAL being
// loaded, and MSAL's own clearing also removes accounts of other client IDs of the origin.

const STORAGE_AREAS = ['localStorage', 'sessionStorage'] as const

/**
 * Tokens of any schema (`msal.3|…|accesstoken|<client ID>|…`, formerly with `-`), the list of them, and
 * `msal.<client ID>.…`: the active account and the pending request.
 */
export function ownEntries(clientId: string): RegExp {
  return new RegExp(`^msal\\.(\\d+\\.)?(token\\.keys\\.)?${clientId}|${tokenPattern(clientId)}`, 'i')
}

/** Tokens alone. Their names have the account in them. */
export function tokenEntries(clientId: string): RegExp {
  return new RegExp(tokenPattern(clientId), 'i')
}

const tokenPattern = (clientId: string) => `token\\w*[|-]${clientId}[|-]`

/** Calls with each storage that is not blocked, and its keys. */
export function eachStorage(window: Window, use: (storage: Storage, keys: string[]) => void): void {
  for (const area of STORAGE_AREAS)
    try {
      use(window[area], Object.keys(window[area]))
    } catch {} // blocked, so there is nothing in it
}

/** Removes the tokens of all accounts. */
export function removeEntries(window: Window, clientId: string): void {
  const own = ownEntries(clientId)
  eachStorage(window, (storage, keys) => {
    for (const key of keys) if (own.test(key)) storage.removeItem(key)
  })
}
