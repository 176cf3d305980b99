import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openInTab } from '../../../src/page/open-in-tab.js'
import { AuthError } from '../../../src/shared/errors.js'

const opened = { opener: window as unknown }
const open = vi.fn((_url?: string | URL, _name?: string): Window | null => opened as Window)

beforeEach(() => {
  opened.opener = window
  vi.spyOn(window, 'open').mockImplementation(open)
  vi.spyOn(window, 'parent', 'get').mockReturnValue({} as typeof window)
  history.replaceState(null, '', '/chat?room=1#last')
})
afterEach(() => {
  vi.restoreAllMocks()
  open.mockClear()
})

describe('openInTab()', () => {
  it.each([
    [undefined, '/chat?room=1#last'],
    ['/', '/'],
    ['/other?x=1#y', '/other?x=1#y'],
  ])('opens %j of this origin, which gets no hold of the frame', (path, target) => {
    expect(openInTab(path)).toBe(true)
    expect(open.mock.calls).toEqual([[location.origin + target, '_blank']])
    expect(opened.opener).toBe(null)
  })

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', 'chat', '', 1, null])(
    'refuses %j',
    (path) => {
      expect(() => openInTab(path as string)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
      expect(open).not.toHaveBeenCalled()
    },
  )

  it('opens nothing where the page is at the top level already', () => {
    vi.spyOn(window, 'parent', 'get').mockReturnValue(window as never)
    expect(openInTab()).toBe(false)
    expect(open).not.toHaveBeenCalled()
  })

  it('names the remedy where the browser blocks it', () => {
    open.mockReturnValueOnce(null)
    const error = new AuthError('unsupported', { phase: 'host', retryable: true })
    expect(() => openInTab()).toThrow(
      expect.objectContaining({ code: error.code, retryable: true, remedy: expect.stringContaining('`allow-popups`') }),
    )
  })
})
