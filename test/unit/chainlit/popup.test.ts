import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isPopup } from '../../../src/chainlit/popup.js'
import { clientId, openPage, origin, settled } from './world.js'

const guid = '99999999-2222-4333-8444-555555555555'
const answer = (state: string) => `/#code=abc&state=${encodeURIComponent(state)}`
const note = (name: string, value: string) => window.sessionStorage.setItem(`twodoor.${clientId}.${name}`, value)
const pending = (id: string) => note('redirect', JSON.stringify({ id, returnTo: '/', silent: false, automatic: true }))

function goTo(path: string): void {
  const { happyDOM } = window as unknown as { happyDOM: { setURL(url: string): void } }
  happyDOM.setURL(origin + path)
}

beforeEach(() => window.sessionStorage.clear())
afterEach(() => goTo('/'))

describe('a window is a pop-up of the app', () => {
  it.each([
    ['opened by a host with a request', `/?twodoor=${guid}&scope=User.Read`],
    ['back from Entra ID with an answer that nobody here waits for', answer(`msal|${guid}`)],
  ])('%s', (_, path) => {
    goTo(path)
    expect(isPopup(window, clientId)).toBe(true)
  })

  it('back from Entra ID for a host, as the window has noted', () => {
    goTo(answer(guid))
    expect(isPopup(window, clientId)).toBe(false)
    note('popup', JSON.stringify({ state: guid, id: guid }))
    expect(isPopup(window, clientId)).toBe(true)
  })

  it('though the tab that has opened it was about to sign in, whose notes it begins with', () => {
    pending('88888888-2222-4333-8444-555555555555')
    goTo(answer(`msal|${guid}`))
    expect(isPopup(window, clientId)).toBe(true)
  })
})

describe('a window is the app', () => {
  it.each([
    ['without any answer', '/'],
    ['with a thread and a prompt', '/thread/1?prompt=hello#there'],
    ['with a request that is none', '/?twodoor=7&scope=User.Read'],
    ['with an answer of a library of the app', answer('of-another-library')],
  ])('%s', (_, path) => {
    goTo(path)
    expect(isPopup(window, clientId)).toBe(false)
  })

  it('back from Entra ID with the answer to its own redirect', () => {
    pending(guid)
    goTo(answer(`msal|${guid}`))
    expect(isPopup(window, clientId)).toBe(false)
  })
})

it('a pop-up starts no Chainlit and changes nothing of the page', async () => {
  document.body.innerHTML = '<div id="root"></div>'
  const { dropIn, sent } = openPage({ path: answer(`msal|${guid}`) })
  expect(document.getElementById('root')).toBeNull()
  await vi.waitFor(() => expect(window.location.hash).toBe(''))
  await settled()
  expect([dropIn.patched, sent]).toEqual([[], []])
})
