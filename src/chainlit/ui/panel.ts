// The panel covers the page: it says why Chainlit cannot go on, and what the user can do.

import type { Texts } from './texts/english.js'
import type { Wording } from './wording.js'

export interface PanelContent {
  readonly title: string
  readonly text: string
  readonly button?: { readonly label: string; readonly press: () => unknown } | undefined
  readonly link?: { readonly label: string; readonly href: string } | undefined
}

export type PanelTheme = 'light' | 'dark'

export interface Panel {
  /** Shows it as soon as there are texts, and again with others in another language. */
  show(contentIn: (texts: Texts) => PanelContent): void
  hide(): void
  /** `undefined`: the theme of the system. */
  setTheme(theme: PanelTheme | undefined): void
}

const STYLE = `
:host { all: initial !important; position: fixed !important; inset: 0 !important; z-index: 2147483647 !important;
  display: flex !important; overflow: auto !important; padding: 24px !important; color-scheme: light dark !important;
  font: 16px/1.5 system-ui, sans-serif !important; color: CanvasText !important; background: Canvas !important }
:host([data-theme=light]) { color-scheme: light !important }
:host([data-theme=dark]) { color-scheme: dark !important }
main { max-width: 26rem; margin: auto; text-align: center }
h1 { font-size: 20px; margin: 0 0 8px }
p { margin: 0 0 20px }
button, a { display: inline-block; margin: 4px; padding: 8px 20px; border: 1px solid #5b5fc7; border-radius: 6px;
  font: inherit; color: inherit; background: none; text-decoration: none; cursor: pointer }
button { color: #fff; background: #5b5fc7 }
button:disabled { opacity: .6 }
:focus-visible { outline: 2px solid currentColor; outline-offset: 2px }`

const LABELS = { 'aria-labelledby': 'title', 'aria-describedby': 'text' }

/** In a shadow root, out of reach of Chainlit's styles and `custom_css`. They do reach the element around it: hence `!important`. */
export function createPanel({ document }: Window, wording: Wording): Panel {
  let contentIn: ((texts: Texts) => PanelContent) | undefined
  let element: HTMLElement | undefined
  let focusedBefore: Element | null = null
  /** `''`: the theme of the system. */
  let theme: PanelTheme | '' = ''

  function update(): void {
    if (contentIn && wording.texts) render(contentIn(wording.texts))
  }

  function render({ title, text, button, link }: PanelContent): void {
    if (element) element.remove()
    else focusedBefore = document.activeElement
    element = document.createElement('div')
    element.id = 'twodoor'
    element.dataset['theme'] = theme
    element.lang = wording.language
    // By the first letter of the title, whatever the direction of the page is.
    const main = build('main', '', { dir: 'auto', role: 'alertdialog', 'aria-modal': 'true', ...LABELS })
    main.append(build('h1', title, { id: 'title' }), build('p', text, { id: 'text' }))
    if (button) main.append(buildButton(button))
    // In Teams this opens the browser, and leaves the tab as it is.
    if (link) main.append(build('a', link.label, { href: link.href, target: '_blank', rel: 'noopener' }))
    element.attachShadow({ mode: 'open' }).append(build('style', STYLE, {}), main)
    document.documentElement.append(element)
    main.querySelector<HTMLElement>('button, a')?.focus()
  }

  function buildButton({ label, press }: NonNullable<PanelContent['button']>): HTMLElement {
    const made = build('button', label, { type: 'button' }) as HTMLButtonElement
    made.addEventListener('click', () => {
      made.disabled = true
      press()
    })
    return made
  }

  function build(name: string, text: string, attributes: Record<string, string>): HTMLElement {
    const made = document.createElement(name)
    made.textContent = text
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
    return made
  }

  function hide(): void {
    contentIn = undefined
    const hadFocus = element !== undefined && document.activeElement === element
    element?.remove()
    element = undefined
    if (hadFocus && focusedBefore instanceof HTMLElement) focusedBefore.focus()
    focusedBefore = null
  }

  function setTheme(chosen: PanelTheme | undefined): void {
    theme = chosen ?? ''
    if (element) element.dataset['theme'] = theme
  }

  wording.subscribe(update)
  return {
    show(content) {
      contentIn = content
      update()
    },
    hide,
    setTheme,
  }
}
