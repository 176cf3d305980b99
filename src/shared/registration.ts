// What an app has in its registration and in its manifest, as it has to be written there.

/** The name of the scope that an API gives to its own page, as Microsoft's pages have it. */
export const OWN_SCOPE = 'access_as_user'

/**
 * The Application ID URI of an app that asks a host for tokens, which is `webApplicationInfo.resource` too: Microsoft Learn,
 * "Configure your tab app in Microsoft Entra ID".
 *
 * @param host - of the page, with its port if it has one
 */
export function applicationIdUri(host: string, clientId: string): string {
  return `api://${host}/${clientId}`
}

/** The redirect URI of nested app auth, of an origin and never of a path: Microsoft Learn, "Nested app authentication". */
export function brokerRedirectUri(host: string): string {
  return `brk-multihub://${host}`
}
