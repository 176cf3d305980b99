import { signedOutKey } from './signed-out-flag.js'

/**
 * Calls `listener` when another tab sets the signed-out flag (`true`), or clears it with a sign-in. Returns an unsubscribe
 * function.
 */
export function watchSignedOutFlag(window: Window, clientId: string, listener: (isSet: boolean) => void): () => void {
  const onStorage = ({ key, newValue }: StorageEvent) => {
    if (key === signedOutKey(clientId)) listener(newValue !== null)
  }
  window.addEventListener('storage', onStorage)
  return () => window.removeEventListener('storage', onStorage)
}
