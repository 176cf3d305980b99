// What MSAL keeps in storage for one client ID. Removed here as it lies there: a sign-out must not depend on MSAL being
// loaded, and MSAL's own clearing also takes what it keeps for other client IDs of the origin.

const AREAS = ['localStorage', 'sessionStorage'] as const

/**
 * Tokens of any schema (`msal.3|…|accesstoken|<client ID>|…`, formerly with `-`), the list of them, and
 * `msal.<client ID>.…`: the account in use and the request that is on its way.
 */
export function ownEntries(clientId: string): RegExp {
  return new RegExp(`^msal\\.(\\d+\\.)?(token\\.keys\\.)?${clientId}|token\\w*[|-]${clientId}[|-]`, 'i')
}

/** Calls with each storage that is not blocked, and its keys. */
export function eachStorage(window: Window, use: (storage: Storage, keys: string[]) => void): void {
  for (const area of AREAS)
    try {
      use(window[area], Object.keys(window[area]))
    } catch {} // blocked, so there is nothing in it
}

/** Removes all tokens of a client ID, whichever account they are of. */
export function removeEntries(window: Window, clientId: string): void {
  const own = ownEntries(clientId)
  eachStorage(window, (storage, keys) => {
    for (const key of keys) if (own.test(key)) storage.removeItem(key)
  })
}
