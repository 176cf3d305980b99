import { AuthError } from '../shared/errors.js'
import { must } from '../shared/validate.js'
import { isPathOfThisOrigin } from './path.js'

/**
 * Opens the app at the top level, in a tab of its own: the way out of a frame whose parent is no known host (`framed`), where
 * nobody can sign in. It opens this origin and nothing else, and tells the parent nothing. Call it on a click.
 *
 * @param path - path, query and fragment of this origin. Default: where the page is
 * @returns `true` once it is open, `false` where the page is at the top level already
 * @throws {AuthError} `unsupported`: the browser or the `sandbox` of the frame blocks it. `config_invalid`: `path`
 *
 * @example
 * ```ts
 * link.onclick = () => openInTab()
 * ```
 */
export function openInTab(path?: string): boolean {
  const { window } = globalThis as { window?: Window | undefined }
  if (!window) throw new AuthError('unsupported', { phase: 'host' })
  const { pathname, search, hash, origin } = window.location
  const target = path === undefined ? pathname + search + hash : path
  must('path', target, isPathOfThisOrigin(target, window), 'a path of this origin, for example /chat?room=1')
  if (window.parent === window.self) return false
  // With `noopener` nobody would know whether it is open.
  const opened = window.open(origin + target, '_blank')
  if (!opened) throw blocked()
  opened.opener = null
  return true
}

function blocked(): AuthError {
  return new AuthError('unsupported', {
    phase: 'host',
    retryable: true,
    message: 'The browser did not open a tab.',
    remedy: 'Call `openInTab()` on a click. In a frame with `sandbox` it needs `allow-popups`.',
  })
}
