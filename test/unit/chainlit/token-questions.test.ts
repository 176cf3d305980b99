import { afterEach, describe, expect, it, vi } from 'vitest'
import type { AuthStatus } from '../../../src/account/state.js'
import { AuthError } from '../../../src/shared/errors.js'
import { attributes, inTeams, openPage, type PageOptions, type Sent, settled, signedIn, token } from './world.js'

const teams: PageOptions = { attributes: { ...attributes, ...inTeams } }
const question = 'q'.repeat(22)
const keyOf = (state: AuthStatus) => (state.status === 'signed-in' ? state.account.key : undefined)
const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const host = signedIn.host
const signedOut: AuthStatus & { host: typeof host } = { host, status: 'signed-out', reason: 'no-account' }

afterEach(() => {
  document.body.innerHTML = ''
})

/** What Chainlit's page does with a call of the server. */
function ask(args: unknown, name = 'twodoor.token') {
  const callback = vi.fn()
  const event = new CustomEvent('chainlit-call-fn', { detail: { name, args, callback } })
  window.dispatchEvent(event)
  return callback
}

const asked = ({ headers }: Sent) => headers.get('x-twodoor-question')

/** A server that has the other half. */
function opened(options: PageOptions = teams, answer = () => Response.json({ sealed: 'SEALED' })) {
  const page = openPage(options)
  page.server.instead = (sent) => (asked(sent) ? answer() : undefined)
  return Object.assign(page, { posted: () => page.sent.filter((sent) => asked(sent) !== null) })
}

describe('a session that asks for a token', () => {
  it('gets what the server has made of it, and no token', async () => {
    const { posted } = opened()
    const answer = ask({ question })
    await settled()
    expect(answer.mock.calls).toEqual([[{ sealed: 'SEALED' }]])
    expect(posted().map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual(['POST /auth/header'])
    expect(posted()[0]?.headers.get('authorization')).toBe(`Bearer ${token}`)
    expect(posted()[0]?.headers.get('x-twodoor-question')).toBe(question)
  })

  it('is answered once, though Chainlit hands the call on again', async () => {
    const { posted } = opened()
    const answers = [ask({ question }), ask({ question })]
    await settled()
    expect(answers.map(({ mock }) => mock.calls.length)).toEqual([1, 0])
    expect(posted()).toHaveLength(1)
  })

  it('is out of reach of the functions that the app has on the page, which keep their own', async () => {
    opened()
    const ofApp = vi.fn()
    window.addEventListener('chainlit-call-fn', ofApp)
    ask({ question })
    ask({}, 'app.greet')
    await settled()
    expect(ofApp.mock.calls.map(([{ detail }]) => detail.name)).toEqual(['app.greet'])
    window.removeEventListener('chainlit-call-fn', ofApp)
  })

  it.each([undefined, {}, { question: 7 }, { question: 'short' }, { question: `${question}\n` }])(
    'gets nothing for what is no question: %o',
    async (args) => {
      const { posted } = opened()
      const answer = ask(args)
      await settled()
      expect([answer.mock.calls, posted()]).toEqual([[], []])
    },
  )

  it('in a browser that has only the cookie, holds back no call and leaves no page', async () => {
    const { posted, auths, sentTo } = opened({})
    const answer = ask({ question })
    await settled()
    expect([auths.length, answer.mock.calls.length, posted().length]).toEqual([1, 1, 1])
    expect(sentTo('/auth/header')).toHaveLength(1)
    expect(document.getElementById('twodoor')).toBeNull()
  })

  it('in a browser where nobody is signed in, is told that it takes a click', async () => {
    const { posted } = opened({ state: signedOut })
    const answer = ask({ question })
    await settled()
    expect(answer.mock.calls).toEqual([[{ refused: 'sign_in_required' }]])
    expect([posted(), document.getElementById('twodoor')]).toEqual([[], null])
  })

  it('in such a browser, leaves the sign-in of the session to begin anew', async () => {
    const { auths, server } = opened({ state: signedOut })
    ask({ question })
    await settled()
    server.alive = false
    void fetch('/project/threads').catch(() => {})
    await settled()
    expect(auths.map(({ state }) => state.status)).toEqual(['failed', 'signed-out'])
  })

  it.each([
    [403, 'denied'],
    [401, 'token_rejected'],
    [503, 'unavailable'],
  ])('that is answered with %i is told %s, without another try of its own', async (status, refused) => {
    const { posted } = opened(teams, () => new Response('{}', { status }))
    const answer = ask({ question })
    await settled()
    expect(answer.mock.calls).toEqual([[{ refused }]])
    expect(posted()).toHaveLength(1)
  })

  it("gets no token where Chainlit's own OAuth signs in, at once", async () => {
    const { sent } = openPage({ attributes: { ...attributes, browser: 'chainlit-oauth' } })
    const answer = ask({ question })
    await settled()
    expect(answer.mock.calls).toEqual([[{ refused: 'unsupported' }]])
    expect(sent).toEqual([])
  })

  it.each([{}, { browser: 'chainlit-oauth' }])('hears nothing once the drop-in is removed: %o', async (more) => {
    const { dropIn } = openPage({ attributes: { ...attributes, ...more } })
    dropIn.restore()
    const answer = ask({ question })
    await settled()
    expect(answer).not.toHaveBeenCalled()
  })
})

describe('a session that needs the user', () => {
  const button = 'b'.repeat(8)

  function showButtons() {
    document.body.innerHTML = `<button id="${button}"><svg></svg></button><button id="other"></button>`
  }

  const click = (selector: string) =>
    document.querySelector(selector)?.dispatchEvent(new Event('click', { bubbles: true }))

  it('waits for the click on its button, and signs in within that very click', async () => {
    const { auth, posted } = opened()
    await settled()
    showButtons()
    const signIn = vi.spyOn(auth, 'signIn').mockResolvedValue()
    const answer = ask({ question, scopes: ['User.Read'], button })
    await settled()
    click('#other')
    expect([signIn.mock.calls, posted()]).toEqual([[], []])
    click(`#${button} svg`)
    expect(signIn.mock.calls).toEqual([[{ scopes: ['User.Read'], popup: true }]])
    click(`#${button}`)
    await settled()
    expect(signIn).toHaveBeenCalledTimes(1)
    expect(answer.mock.calls).toEqual([[{ sealed: 'SEALED' }]])
    expect(posted()).toHaveLength(1)
  })

  it('for a step up, hands the claims on', async () => {
    const { auth } = opened()
    await settled()
    showButtons()
    const signIn = vi.spyOn(auth, 'signIn').mockResolvedValue()
    ask({ question, claims, button })
    await settled()
    click(`#${button}`)
    expect(signIn.mock.calls).toEqual([[{ claims, popup: true }]])
  })

  it('is told that the user has declined, and sends nothing', async () => {
    const { auth, posted } = opened()
    await settled()
    showButtons()
    vi.spyOn(auth, 'signIn').mockRejectedValue(new AuthError('denied', { phase: 'source' }))
    const answer = ask({ question, scopes: ['User.Read'], button })
    await settled()
    click(`#${button}`)
    await settled()
    expect(answer.mock.calls).toEqual([[{ refused: 'denied' }]])
    expect(posted()).toEqual([])
  })

  it('of another account than the page is signed in with, gets no token, and lets the user choose on a click', async () => {
    const { auth, posted } = opened()
    await settled()
    const somebody = 'entra:99999999-2222-4333-8444-555555555555:99999999-2222-4333-8444-555555555555'
    const silent = ask({ question, user: somebody })
    await settled()
    expect([silent.mock.calls, posted()]).toEqual([[[{ refused: 'account_mismatch' }]], []])
    showButtons()
    const signIn = vi.spyOn(auth, 'signIn').mockResolvedValue()
    const answer = ask({ question: 'r'.repeat(22), user: somebody, button })
    await settled()
    click(`#${button}`)
    expect(signIn.mock.calls).toEqual([[{ popup: true, prompt: 'select_account' }]])
    await settled()
    expect([answer.mock.calls, posted()]).toEqual([[[{ refused: 'account_mismatch' }]], []])
    expect(ask({ question: 's'.repeat(22), user: keyOf(auth.state) })).toBeTypeOf('function')
    await settled()
    expect(posted()).toHaveLength(1)
  })

  it('gives up its button for the next question', async () => {
    const { auth } = opened()
    await settled()
    showButtons()
    const signIn = vi.spyOn(auth, 'signIn').mockResolvedValue()
    ask({ question, button })
    await settled()
    ask({ question: 'r'.repeat(22), button: 'other' })
    await settled()
    click(`#${button}`)
    expect(signIn).not.toHaveBeenCalled()
    click('#other')
    expect(signIn).toHaveBeenCalledTimes(1)
  })
})
