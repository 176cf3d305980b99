/** Changes the address, and tells Chainlit's router, which listens for `popstate`. */
export function navigate(window: Window, path: string): void {
  replaceAddress(window, path)
  window.dispatchEvent(new PopStateEvent('popstate', { state: window.history.state }))
}

/** Absolute, because a `<base>` would lead a path elsewhere. */
export function replaceAddress({ history, location }: Window, path: string): void {
  history.replaceState(history.state, '', location.origin + path)
}
