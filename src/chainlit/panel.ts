// The one thing that the drop-in shows: a page over the page that says why Chainlit cannot go on, and what to do.

export interface PanelContent {
  readonly title: string
  readonly text: string
  readonly button?: { readonly label: string; readonly press: () => unknown } | undefined
  readonly link?: { readonly label: string; readonly href: string } | undefined
}

export interface Panel {
  show(content: PanelContent): void
  hide(): void
}

const STYLE = `
:host { position: fixed; inset: 0; z-index: 2147483647; display: grid; place-items: center; padding: 24px;
  font: 16px/1.5 system-ui, sans-serif; color: #242424; background: #fff; color-scheme: light dark }
main { max-width: 26rem; text-align: center }
h1 { font-size: 20px; margin: 0 0 8px }
p { margin: 0 0 20px; overflow-wrap: anywhere }
button, a { display: inline-block; margin: 4px; padding: 8px 20px; border: 1px solid #5b5fc7; border-radius: 6px;
  font: inherit; color: inherit; background: none; text-decoration: none; cursor: pointer }
button { color: #fff; background: #5b5fc7 }
button:disabled { opacity: .6; cursor: default }
button:focus-visible, a:focus-visible { outline: 2px solid currentColor; outline-offset: 2px }
@media (prefers-color-scheme: dark) { :host { color: #fff; background: #1f1f1f } }
@media (forced-colors: active) { button, a { border-color: ButtonBorder } }`

/** In a shadow root, so that neither Chainlit's styles nor `custom_css` reach it. */
export function createPanel({ document }: Window): Panel {
  let element: HTMLElement | undefined

  function show({ title, text, button, link }: PanelContent): void {
    hide()
    element = document.createElement('div')
    element.id = 'twodoor'
    const main = build('main', '', { role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'title' })
    main.append(build('h1', title, { id: 'title' }), build('p', text, {}))
    if (button) main.append(buildButton(button))
    // In Teams this leaves the tab alone and opens the page in the browser.
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
    element?.remove()
    element = undefined
  }

  return { show, hide }
}
