// Whether the user is in the page or in its pop-up. A page cannot ask the window: once Entra ID has cut it off, with its
// Cross-Origin-Opener-Policy, it looks closed while the user is still in it.

const LOOK_INTERVAL_MS = 250
/** Who is in the page for this long has not just glanced at it. */
export const BACK_MS = 2_000

/** `true` once the page has had the focus for a while, `false` after `ms`. Pending for ever once `signal` is aborted. */
export function untilBack({ document }: Window, ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    let waited = 0
    let focused = 0
    const timer = setInterval(() => {
      waited += LOOK_INTERVAL_MS
      focused = document.hasFocus() ? focused + LOOK_INTERVAL_MS : 0
      if (focused < BACK_MS && waited < ms) return
      clearInterval(timer)
      signal.removeEventListener('abort', end)
      resolve(focused >= BACK_MS)
    }, LOOK_INTERVAL_MS)
    const end = () => clearInterval(timer)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
