/** Modules that the drop-in for Chainlit never calls, and what stands in for them. */
const unused = {
  // The token goes to the session alone, by a request of its own.
  'carriers/fetch/fetch-with-token.js': 'export function fetchWithToken() {}\nexport function isAnswerOf() {}',
  'carriers/fetch/warnings.js': 'export function warn() {}',
  // Its page hands over no client of MSAL's.
  'sources/msal/given-client.js': 'export function openGivenClient() {}',
  'carriers/fetch/ask-user.js': 'export function fetchAskingUser() {}',
  // It shows the name that Chainlit has.
  'sources/account-claims.js': 'export function openAccountReader() {}',
}

/**
 * The drop-in for Chainlit has a session, and no `Auth` that the page could call.
 *
 * @returns {import('rollup').Plugin}
 */
export function withoutCarriers() {
  return {
    name: 'without-carriers',
    load: (id) =>
      Object.entries(unused).find(([path]) => id.replaceAll('\\', '/').endsWith(`/dist/${path}`))?.[1] ?? null,
  }
}

/**
 * A script tag has every part inside of it: why one was not loaded is left out.
 *
 * @returns {import('rollup').Plugin}
 */
export function withoutParts() {
  return {
    name: 'without-parts',
    load: (id) => (/[\\/]diagnose-load\.js$/.test(id) ? 'export function diagnoseLoad() {}' : null),
  }
}
