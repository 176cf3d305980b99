import type { Patches } from '../patches/patches.js'
import type { PanelTheme } from './panel.js'

/** The key under which Chainlit keeps the theme that the user has chosen. */
const CHOICE_KEY = 'vite-ui-theme'
/** Chainlit's name for the theme of the system, in place of which it gets that of the host. */
export const SYSTEM_THEME = 'system'

/** Another script may insist on another theme: changing it back without end would freeze the page. */
const MAX_CHANGES = 10
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
 * Shows Chainlit in the theme of its host, unless the user has chosen one. Chainlit itself reads the theme of the system, once:
 * so its classes are changed afterwards, and again whenever it sets them.
 */
export function followTheme(window: ThemedWindow, patches: Patches): (theme: string | undefined) => void {
  const { documentElement } = window.document
  const observer = new MutationObserver(applyTheme)
  let wanted: 'light' | 'dark' | undefined
  let burst = { at: 0, changes: 0 }

  function applyTheme(): void {
    if (!wanted || documentElement.classList.contains(wanted) || chosenTheme(window) !== null) return
    if (Date.now() - burst.at > BURST_MS) burst = { at: Date.now(), changes: 0 }
    if (burst.changes === MAX_CHANGES) return
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
    applyTheme()
  }
}

/** The theme of the panel: what the user has chosen in Chainlit, or else that of the host. */
export function panelThemeOf(window: Window, theme: string | undefined): PanelTheme | undefined {
  const shown = chosenTheme(window) ?? theme
  return shown === 'light' ? shown : chainlitTheme(shown)
}

/** What the user has chosen in Chainlit. `null`: nothing, or the theme of the system. */
function chosenTheme({ localStorage }: Window): string | null {
  const choice = localStorage.getItem(CHOICE_KEY)
  return choice === SYSTEM_THEME ? null : choice
}
