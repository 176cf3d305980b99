// The server's half of the drop-in is the Python package: it answers with its version, and both should have the same.

/** That of package.json, which a test compares. */
export const VERSION = '0.1.0'
export const VERSION_HEADER = 'X-Twodoor-Version'

/** Warns where the server has another version than the page. `undefined` too where it does not say its version. */
export function versionWarning(server: string | null): string | undefined {
  if (server === null || server === VERSION) return undefined
  return `twodoor: this page has version ${VERSION}, its server ${server}. Reload the page.`
}
