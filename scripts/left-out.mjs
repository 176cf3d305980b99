/** What renews the token of a socket of ours. */
const SOCKETS = /[\\/]socket[\\/]lifetime\.js$/
/** What `auth.fetch` sends a call with. The drop-in itself takes other parts of these modules. */
const FETCH = /[\\/]carriers[\\/](fetch|target|warnings)\.js$/
const DROP_IN = /[\\/](chainlit|carriers)[\\/][^\\/]+\.js$/
const FETCH_NAMES = ['bindCall', 'fetchWithToken', 'headersOf', 'warn']
const STUB = '\0without-fetch'

/**
 * The drop-in for Chainlit opens no socket of ours, and nobody reaches its `auth.fetch`: Chainlit's own calls have a
 * cookie. So both are left out of its bundle.
 *
 * @returns {import('rollup').Plugin}
 */
export function withoutCarriers() {
  return {
    name: 'without-carriers',
    async resolveId(source, importer = '') {
      if (DROP_IN.test(importer)) return null
      const resolved = await this.resolve(source, importer, { skipSelf: true })
      return resolved && FETCH.test(resolved.id) ? STUB : null
    },
    load(id) {
      if (SOCKETS.test(id)) return 'export function createLifetime() {}'
      return id === STUB ? FETCH_NAMES.map((name) => `export function ${name}() {}`).join('\n') : null
    },
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
    load: (id) => (/[\\/]part-reason\.js$/.test(id) ? 'export function reasonOfPart() {}' : null),
  }
}
