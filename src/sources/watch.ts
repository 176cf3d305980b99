/** Hears when another tab signs out of the application: it sets the mark. Returns the undo. */
export function watchSignedOutMark(window: Window, clientId: string, listener: () => void): () => void {
  const hear = (event: StorageEvent) => {
    if (event.key === `twodoor.${clientId}.signed-out` && event.newValue !== null) listener()
  }
  window.addEventListener('storage', hear)
  return () => window.removeEventListener('storage', hear)
}
