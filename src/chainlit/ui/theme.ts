import type { Patches } from '../patches/patches.js'
import type { PanelTheme } from './panel.js'

/** What Chainlit keeps the choice of the user under. It keeps nothing unless the user chose. */
const CHOICE = 'vite-ui-theme'
/** Chainlit's name for "as around it", which in a host is what the host shows. */
export const AS_AROUND = 'system'

/** Somebody else may insist on another theme: changing it back for ever would freeze the page. */
const MOST_CHANGES = 10
const BURST_MS = 1_000

interface ThemedWindow extends Window {
  /** The variables of `public/theme.json`, if there is one. */
  theme?: { light?: Record<string, string>; dark?: Record<string, string> }
}

/** Chainlit's name for a theme of the host, or `undefined` if it has none. */
export function chainlitTheme(theme: string | null | undefined): PanelTheme | undefined {
  if (theme === 'default') return 'light'
  return theme === 'dark' || theme === 'contrast' ? 'dark' : undefined
}

/**
 * Shows Chainlit in the theme of its host, unless the user chose another one. Chainlit itself looks at the theme of the
 * system, and only once: so what it shows is changed afterwards, and again when it changes that.
 */
export function followTheme(window: ThemedWindow, patches: Patches): (theme: string | undefined) => void {
  const { documentElement } = window.document
  const observer = new MutationObserver(show)
  let wanted: 'light' | 'dark' | undefined
  let burst = { at: 0, changes: 0 }

  function show(): void {
    if (!wanted || documentElement.classList.contains(wanted) || hasChosen(window)) return
    if (Date.now() - burst.at > BURST_MS) burst = { at: Date.now(), changes: 0 }
    if (burst.changes === MOST_CHANGES) return
    burst.changes += 1
    documentElement.classList.remove('light', 'dark')
    documentElement.classList.add(wanted)
    const variables = Object.entries(window.theme?.[wanted] ?? {})
    for (const [name, value] of variables) documentElement.style.setProperty(name, value)
  }

  patches.alsoUndo(() => observer.disconnect())
  return (theme) => {
    const known = chainlitTheme(theme)
    if (!known || !patches.active) return
    wanted = known
    observer.observe(documentElement, { attributeFilter: ['class'] })
    show()
  }
}

/** What a page over Chainlit is shown in: the choice of the user, as Chainlit itself, or else what the host says. */
export function themeOfPanel(window: Window, theme: string | undefined): PanelTheme | undefined {
  const shown = hasChosen(window) ? choiceOf(window) : theme
  return shown === 'light' ? shown : chainlitTheme(shown)
}

function hasChosen(window: Window): boolean {
  const choice = choiceOf(window)
  return choice !== null && choice !== AS_AROUND
}

function choiceOf({ localStorage }: Window): string | null {
  return localStorage.getItem(CHOICE)
}
