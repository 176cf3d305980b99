import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPanel, type Panel, type PanelContent } from '../../src/chainlit/ui/panel.js'
import { createWording } from '../../src/chainlit/ui/wording.js'

const inEnglish = createWording(window, { language: 'en', ownTexts: {} })
let panel: Panel
let composer: HTMLTextAreaElement

beforeEach(() => {
  panel = createPanel(window, inEnglish)
  composer = document.createElement('textarea')
  document.body.append(composer)
})

afterEach(() => {
  panel.hide()
  composer.remove()
})

const show = (content: PanelContent) => panel.show(() => content)
const panels = () => [...document.querySelectorAll('#twodoor')]
const inside = (selector: string) => panels()[0]?.shadowRoot?.querySelector<HTMLElement>(selector)
const focused = () => panels()[0]?.shadowRoot?.activeElement
const link = { label: 'Open in the browser', href: 'https://chat.contoso.example/thread/1?a=b#c' }
const button = (press = () => {}) => ({ label: 'Try again', press })

describe('the panel', () => {
  it('shows what it is given, over everything', () => {
    show({ title: 'Sign in', text: 'Sign in to go on.', button: button(), link })
    expect([inside('h1'), inside('p'), inside('button'), inside('a')].map((each) => each?.textContent)).toEqual([
      ...['Sign in', 'Sign in to go on.', 'Try again', 'Open in the browser'],
    ])
    const { x, y, width, height } = (panels()[0] as HTMLElement).getBoundingClientRect()
    expect([x, y, width, height]).toEqual([0, 0, innerWidth, innerHeight])
    expect(document.elementFromPoint(innerWidth / 2, 5)).toBe(panels()[0])
  })

  it('shows text as text, wherever it stands', () => {
    const evil = '<img src=x onerror="window.evil = 1"><script>window.evil = 1</script>&amp;"\'>'
    show({ title: evil, text: evil, button: { label: evil, press() {} }, link: { label: evil, href: link.href } })
    for (const name of ['h1', 'p', 'button', 'a']) {
      expect(inside(name)?.textContent).toBe(evil)
      expect(inside(name)?.childElementCount).toBe(0)
    }
    expect(panels()[0]?.shadowRoot?.querySelector('img, script')).toBeNull()
    expect(window).not.toHaveProperty('evil')
  })

  it('opens its link in another tab, which cannot reach back', () => {
    show({ title: 't', text: '', link })
    const anchor = inside('a') as HTMLAnchorElement
    expect([anchor.href, anchor.target, anchor.rel]).toEqual([link.href, '_blank', 'noopener'])
  })

  it('is there once, with the last of what it was given', () => {
    show({ title: 'first', text: '', button: button(), link })
    show({ title: 'second', text: 'x' })
    expect(panels()).toHaveLength(1)
    expect(inside('h1')?.textContent).toBe('second')
    expect([inside('button'), inside('a')]).toEqual([null, null])
  })

  it('goes away, and does not mind to be gone', () => {
    panel.hide()
    show({ title: 't', text: '' })
    panel.hide()
    panel.hide()
    expect(panels()).toEqual([])
    show({ title: 'again', text: '' })
    expect(panels()).toHaveLength(1)
  })

  it('takes the focus to what can be done, and gives it back', () => {
    composer.focus()
    show({ title: 't', text: '', button: button(), link })
    expect(document.activeElement).toBe(panels()[0])
    expect(focused()).toBe(inside('button'))
    show({ title: 't', text: '', link })
    expect(focused()).toBe(inside('a'))
    panel.hide()
    expect(document.activeElement).toBe(composer)
  })

  it('takes no focus where there is nothing to do, and none from whoever is elsewhere by then', () => {
    composer.focus()
    show({ title: 'Signing in …', text: '' })
    expect(document.activeElement).toBe(composer)
    show({ title: 't', text: '', button: button() })
    composer.focus()
    const other = document.createElement('input')
    document.body.append(other)
    other.focus()
    panel.hide()
    expect(document.activeElement).toBe(other)
    other.remove()
  })

  it('is pressed once', () => {
    let pressed = 0
    show({ title: 't', text: '', button: button(() => (pressed += 1)) })
    const made = inside('button') as HTMLButtonElement
    made.click()
    made.click()
    expect([pressed, made.disabled]).toEqual([1, true])
    show({ title: 't', text: '', button: button() })
    expect((inside('button') as HTMLButtonElement).disabled).toBe(false)
  })

  it('can be replaced by what its button does', () => {
    show({ title: 'first', text: '', button: button(() => show({ title: 'second', text: '' })) })
    inside('button')?.click()
    expect([panels().length, inside('h1')?.textContent]).toEqual([1, 'second'])
    panel.hide()
    expect(panels()).toEqual([])
  })

  it('is told to a screen reader, title and text', () => {
    show({ title: 'Sign in', text: 'Sign in to go on.', button: button() })
    const main = inside('main') as HTMLElement
    const named = (name: string) => inside(`#${main.getAttribute(name)}`)?.textContent
    expect([main.getAttribute('role'), main.getAttribute('aria-modal')]).toEqual(['alertdialog', 'true'])
    expect([named('aria-labelledby'), named('aria-describedby')]).toEqual(['Sign in', 'Sign in to go on.'])
  })

  it('is shown in its theme, and in another as soon as that is told, whatever the page says of itself', () => {
    const looks = () => {
      const { backgroundColor, color } = getComputedStyle(panels()[0] as HTMLElement)
      return [backgroundColor, color].map((each) => Number(/\d+/.exec(each)?.[0]) > 128)
    }
    const style = document.createElement('style')
    style.textContent = ':root, #twodoor { color-scheme: dark !important; background: red !important }'
    document.head.append(style)
    panel.setTheme('light')
    show({ title: 't', text: '' })
    expect(looks()).toEqual([true, false])
    panel.setTheme('dark')
    expect(looks()).toEqual([false, true])
    show({ title: 'another', text: '' })
    expect(looks()).toEqual([false, true])
    panel.setTheme(undefined)
    const isDark = matchMedia('(prefers-color-scheme: dark)').matches
    expect(looks()).toEqual([!isDark, isDark])
    style.remove()
  })

  it('keeps its looks, whatever the styles of the page', () => {
    const style = document.createElement('style')
    style.textContent =
      'html > * { display: none !important } div { position: static; opacity: 0; width: 1px } h1, button { font-size: 1px }'
    show({ title: 't', text: 'x', button: button() })
    const size = getComputedStyle(inside('h1') as HTMLElement).fontSize
    document.head.append(style)
    expect(getComputedStyle(inside('h1') as HTMLElement).fontSize).toBe(size)
    expect(getComputedStyle(panels()[0] as HTMLElement).opacity).toBe('1')
    expect(getComputedStyle(inside('button') as HTMLElement).display).not.toBe('none')
    const { width, height } = (panels()[0] as HTMLElement).getBoundingClientRect()
    expect([width, height]).toEqual([innerWidth, innerHeight])
    style.remove()
  })

  it('is in its own language and direction, whatever those of the page are', async () => {
    document.documentElement.dir = 'rtl'
    const ownTexts = { ar: { signIn: 'تسجيل الدخول' } }
    for (const [language, direction] of [
      ['de', 'ltr'],
      ['ar', 'rtl'],
      ['en', 'ltr'],
    ] as const) {
      const wording = createWording(window, { language, ownTexts })
      const shown = createPanel(window, wording)
      shown.show(({ signIn, signInToContinue }) => ({ title: signIn, text: signInToContinue }))
      await expect.poll(() => panels()[0]?.getAttribute('lang')).toBe(language)
      expect(getComputedStyle(inside('h1') as HTMLElement).direction).toBe(direction)
      shown.hide()
    }
    document.documentElement.dir = ''
  })

  it('shows what it shows in another language as soon as that has come', async () => {
    const wording = createWording({ navigator: { languages: ['en'] } } as unknown as Window, {
      language: undefined,
      ownTexts: {},
    })
    const shown = createPanel(window, wording)
    shown.show(({ signIn }) => ({ title: signIn, text: '' }))
    expect(inside('h1')?.textContent).toBe('Sign in')
    wording.follow('ja-jp')
    await expect.poll(() => inside('h1')?.textContent).toBe('サインイン')
    expect(panels()[0]?.getAttribute('lang')).toBe('ja')
    shown.hide()
    wording.follow('en-us')
    expect(panels()).toEqual([])
  })

  it('can be shown before the page has a body', () => {
    const page = document.implementation.createHTMLDocument()
    page.body.remove()
    const early = createPanel({ document: page } as unknown as Window, inEnglish)
    early.show(() => ({ title: 't', text: '' }))
    expect(page.getElementById('twodoor')).not.toBeNull()
    early.hide()
  })
})
