/**
 * The drop-in for Chainlit opens no socket of ours: Chainlit's own has a cookie. So what renews the token of one is left
 * out of its bundle.
 *
 * @returns {import('rollup').Plugin}
 */
export function withoutSockets() {
  return {
    name: 'without-sockets',
    load: (id) => (/[\\/]socket[\\/]lifetime\.js$/.test(id) ? 'export function createLifetime() {}' : null),
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
