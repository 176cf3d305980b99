/** Hears when another tab signs out of the application (`true`: it sets the signedOutFlag), or in again. Returns the undo. */
export function watchSignedOutFlag(window: Window, clientId: string, listener: (isSet: boolean) => void): () => void {
  const hear = ({ key, newValue }: StorageEvent) => {
    if (key === `twodoor.${clientId}.signed-out`) listener(newValue !== null)
  }
  window.addEventListener('storage', hear)
  return () => window.removeEventListener('storage', hear)
}
