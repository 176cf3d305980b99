import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPatches, type Patches } from '../../../../src/chainlit/patches/patches.js'
import { chainlitTheme, followTheme, panelThemeOf } from '../../../../src/chainlit/ui/theme.js'

const { classList, style } = document.documentElement
let patches: Patches
let show: (theme: string | undefined) => void

beforeEach(() => {
  patches = createPatches()
  Object.assign(window, { theme: { light: { '--background': 'white' }, dark: { '--background': 'black' } } })
  show = followTheme(window, patches)
})

afterEach(() => {
  patches.restore()
  classList.remove('light', 'dark', 'other')
  style.cssText = ''
  localStorage.clear()
  Reflect.deleteProperty(window, 'theme')
})

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
const shown = () => [classList.contains('light'), classList.contains('dark'), style.getPropertyValue('--background')]
const LIGHT = [true, false, 'white']
const DARK = [false, true, 'black']

/** As Chainlit's own provider. */
function chainlitShows(theme: 'light' | 'dark'): void {
  classList.remove('light', 'dark')
  classList.add(theme)
}

describe('the theme of the host', () => {
  it('has a name in Chainlit, or none', () => {
    expect(['default', 'dark', 'contrast'].map(chainlitTheme)).toEqual(['light', 'dark', 'dark'])
    expect([undefined, '', 'glass', 'Dark', 'light', '__proto__'].map(chainlitTheme)).toEqual(Array(6).fill(undefined))
  })

  it('is shown, and its changes, with the variables of the app', () => {
    classList.add('other')
    show('dark')
    expect(shown()).toEqual(DARK)
    show('default')
    expect(shown()).toEqual(LIGHT)
    show('contrast')
    expect(shown()).toEqual(DARK)
    expect(classList.contains('other')).toBe(true)
  })

  it('is shown again when Chainlit shows that of the system', async () => {
    show('dark')
    chainlitShows('light')
    await settled()
    expect(shown()).toEqual(DARK)
  })

  it('changes nothing where it is unknown', async () => {
    chainlitShows('light')
    for (const theme of [undefined, 'glass', '']) show(theme)
    await settled()
    expect(shown()).toEqual([true, false, ''])
    show('dark')
    show(undefined)
    expect(shown()).toEqual(DARK)
  })

  it.each(['light', 'dark'])('gives way to a user who chose %s', async (choice) => {
    localStorage.setItem('vite-ui-theme', choice)
    chainlitShows('light')
    show('dark')
    show('default')
    await settled()
    expect(shown()).toEqual([true, false, ''])
  })

  it('is what a user means who chose that of the system', async () => {
    show('dark')
    localStorage.setItem('vite-ui-theme', 'light')
    chainlitShows('light')
    await settled()
    expect(shown()[0]).toBe(true)
    localStorage.setItem('vite-ui-theme', 'system')
    chainlitShows('light')
    await settled()
    expect(shown()).toEqual(DARK)
  })

  it('can do without variables', () => {
    for (const theme of [undefined, null, {}, { dark: null }, 'x', 7]) {
      Object.assign(window, { theme })
      show('default')
      expect(() => show('dark')).not.toThrow()
      expect(classList.contains('dark')).toBe(true)
    }
  })

  it('goes round no circle with somebody else who insists', async () => {
    let changes = 0
    const other = new MutationObserver(() => {
      changes += 1
      if (changes < 50 && !classList.contains('light')) chainlitShows('light')
    })
    other.observe(document.documentElement, { attributeFilter: ['class'] })
    show('dark')
    for (let i = 0; i < 10; i += 1) await settled()
    other.disconnect()
    expect(changes).toBeLessThan(50)
  })

  it('is no concern any more after the restore', async () => {
    show('dark')
    patches.restore()
    chainlitShows('light')
    await settled()
    expect(classList.contains('light')).toBe(true)
    const blocked = vi.spyOn(window, 'localStorage', 'get').mockImplementation(() => {
      throw new DOMException('Access is denied.', 'SecurityError')
    })
    show('dark')
    blocked.mockRestore()
    expect(classList.contains('light')).toBe(true)
  })
})

describe('a page over Chainlit', () => {
  const inThemes = () => [undefined, 'default', 'dark', 'contrast', 'glass'].map((theme) => panelThemeOf(window, theme))

  it('follows the host, and the system where it is not known', () => {
    expect(inThemes()).toEqual([undefined, 'light', 'dark', 'dark', undefined])
    localStorage.setItem('vite-ui-theme', 'system')
    expect(inThemes()).toEqual([undefined, 'light', 'dark', 'dark', undefined])
  })

  it.each(['light', 'dark'])('follows whoever has chosen %s, as Chainlit does', (choice) => {
    localStorage.setItem('vite-ui-theme', choice)
    expect(inThemes()).toEqual(Array(5).fill(choice))
  })
})
