/** What Chainlit keeps the choice of the user under. It keeps nothing unless the user chose. */
const CHOICE = 'vite-ui-theme'

interface ThemedWindow extends Window {
  /** The variables of `public/theme.json`, if there is one. */
  theme?: { light?: Record<string, string>; dark?: Record<string, string> }
}

/** Chainlit's name for a theme of Teams, or `undefined` if it has none. */
export function chainlitTheme(theme: string | undefined): 'light' | 'dark' | undefined {
  if (theme === 'default') return 'light'
  return theme === 'dark' || theme === 'contrast' ? 'dark' : undefined
}

/**
 * Shows a page that has started in another theme, as Chainlit's own switch does, unless the user chose one. At the start
 * `/auth/config` tells it.
 */
export function showTheme(window: ThemedWindow, theme: 'light' | 'dark'): void {
  if (window.localStorage.getItem(CHOICE) !== null) return
  const { documentElement } = window.document
  documentElement.classList.remove('light', 'dark')
  documentElement.classList.add(theme)
  for (const [name, value] of Object.entries(window.theme?.[theme] ?? {}))
    documentElement.style.setProperty(name, value)
}
