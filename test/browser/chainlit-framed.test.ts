import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type ChainlitDropIn, install } from '../../src/chainlit/install.js'

// The page is framed by this one, which is no host of Microsoft's: whoever shows it here must get nothing out of it.

const clientId = '11111111-2222-3333-4444-555555555555'
const dataset = { clientId, tenant: 'contoso.com', scope: `api://chat.contoso.example/${clientId}/access_as_user` }

type Page = Window & typeof globalThis

let frame: HTMLIFrameElement
let page: Page
let sent: string[]
let dropIn: ChainlitDropIn | undefined

beforeEach(async () => {
  frame = document.createElement('iframe')
  frame.src = `${location.origin}/chat/thread/4711?prompt=hello`
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
  document.body.append(frame)
  await loaded
  page = frame.contentWindow as Page
  page.document.head.innerHTML = '<meta property="og:root_path" content="/chat">'
  sent = []
  page.fetch = async (input) => {
    sent.push(String(input))
    return new Response()
  }
})

afterEach(() => {
  dropIn?.restore()
  frame.remove()
})

const panel = () => page.document.getElementById('twodoor')?.shadowRoot
const settled = () => new Promise((resolve) => setTimeout(resolve))

it.each([{}, { browser: 'chainlit-oauth' }, { signIn: 'click' }])(
  'asks for nothing, sends nothing and shows the way out (%j)',
  async (more) => {
    dropIn = install({ dataset: { ...dataset, ...more }, async: false }, page)
    const loaded = vi.fn()
    for (const path of ['/chat/user', '/chat/project/threads', '/chat/logout', '/chat/set-session-cookie'])
      void page.fetch(path, { method: 'POST' }).then(loaded)
    const xhr = new page.XMLHttpRequest()
    xhr.open('GET', '/chat/ws/socket.io/?EIO=4&transport=polling')
    xhr.addEventListener('load', loaded)
    xhr.send()
    await settled()
    xhr.abort()
    expect(sent.filter((path) => path !== '/chat/logout')).toEqual([])
    expect(loaded.mock.calls.length).toBeLessThanOrEqual(1)
    const link = panel()?.querySelector('a')
    expect([link?.href, link?.target]).toEqual([page.location.href, '_blank'])
    expect(panel()?.querySelector('button')).toBeNull()
    expect(page.location.pathname).toBe('/chat/thread/4711')
    // No sign-in has begun, and whoever runs the app still hears why.
    expect(dropIn.explain()).toMatchObject({
      host: { kind: 'framed' },
      status: 'failed',
      lastError: { code: 'framed' },
    })
  },
)

it('is a Chainlit without twodoor after the restore', async () => {
  dropIn = install({ dataset, async: false }, page)
  const answer = page.fetch('/chat/user')
  await settled()
  expect(sent).toEqual([])
  dropIn.restore()
  expect((await answer).status).toBe(200)
  expect(panel()).toBeUndefined()
  expect(dropIn.patched).toEqual([])
})
