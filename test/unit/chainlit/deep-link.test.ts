import { describe, expect, it, onTestFinished } from 'vitest'
import { type ChainlitPage, readPage } from '../../../src/chainlit/chainlit-page.js'
import { goToThread } from '../../../src/chainlit/deep-link.js'

const origin = 'https://chat.contoso.example'
const here = () => location.href.slice(origin.length)

describe('the deep link of Teams', () => {
  function goTo(subPageId: string | undefined, path = '/chat/', baseHref = '') {
    const { happyDOM } = window as unknown as { happyDOM: { setURL(url: string): void } }
    happyDOM.setURL(origin + path)
    const base = baseHref && `<base href="${baseHref}">`
    document.head.innerHTML = `${base}<meta property="og:root_path" content="/chat">`
    onTestFinished(() => {
      document.head.innerHTML = ''
    })
    const heard: string[] = []
    const hear = () => heard.push(here())
    window.addEventListener('popstate', hear)
    goToThread(window, readPage(window) as ChainlitPage, subPageId)
    window.removeEventListener('popstate', hear)
    return heard
  }

  it.each(['4711', 'b5b1ca4f-3c1a-4b2e-9c8d-1f2e3d4c5b6a', 'a_b-C', 'x'.repeat(128)])('opens the thread %s', (id) => {
    expect(goTo(id)).toEqual([`/chat/thread/${id}`])
  })

  it('opens it with a <base> of another origin too', () => {
    expect(goTo('4711', '/chat/', 'https://cdn.example/')).toEqual(['/chat/thread/4711'])
  })

  it('does nothing where the thread is open', () => {
    expect(goTo('4711', '/chat/thread/4711?x')).toEqual([])
  })

  it.each([
    undefined,
    '',
    '.',
    '..',
    '../../admin',
    '4711/../..',
    '4711?x',
    '4711#x',
    '4711\n',
    '47%2f11',
    '\\evil',
    '//evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    'a b',
    'ä',
    'x'.repeat(129),
  ])('is ignored if it is no plain name: %j', (id) => {
    expect(goTo(id)).toEqual([])
    expect(here()).toBe('/chat/')
  })
})
