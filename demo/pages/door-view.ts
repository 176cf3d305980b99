// What one door looks like. Knows nothing of sign-in: it is told, and it tells of clicks.

import type { AuthState, Explanation } from 'twodoor'
import { appendTo, element, fill, initialsOf, shortKey, spanOf, timeOf } from '../../src/cli/dev/page/elements.js'
import { createSocketPanel, type SocketPanel, socketPanelMarkup } from './socket-panel.js'

const markup = `
<section class="door" data-part="door">
  <header class="who">
    <span class="avatar" aria-hidden="true">
      <span data-part="avatar"></span><img data-part="picture" alt="" title="Drawn by the server for the session cookie" hidden />
    </span>
    <div class="who-names">
      <strong data-part="name"></strong>
      <p><span data-part="status" role="status" aria-live="polite"></span> <span class="session" data-part="session"></span></p>
    </div>
    <div class="buttons">
      <button type="button" class="primary" data-part="sign-in" hidden>Sign in</button>
      <button type="button" data-part="sign-out" hidden>Sign out</button>
    </div>
  </header>
  <p class="error" data-part="error" role="alert" hidden>
    <code data-part="trouble"></code>: <span data-part="remedy"></span>
  </p>
  <div class="columns">
    <div class="column">
      <dl class="facts">
        <div><dt>Identity</dt><dd><code data-part="key"></code></dd></div>
        <div><dt>Host</dt><dd><b data-part="host"></b> <small data-part="reasons"></small></dd></div>
        <div><dt>Token</dt><dd>
          <b data-part="source"></b>
          <span class="meter" data-part="meter" role="meter" aria-label="Life of the token that is left" aria-valuemin="0" aria-valuemax="100"><i></i></span>
          <small data-part="left"></small>
        </dd></div>
      </dl>
      <div class="call">
        <button type="button" data-part="call">Call the API</button>
        <output data-part="answer" aria-live="polite"></output>
      </div>
      <ol class="notes" data-part="notes" role="list" aria-label="What twodoor did"></ol>
    </div>
    <section class="column chat" aria-label="Chat">
      ${socketPanelMarkup}
      <div class="scrolled" role="log" aria-label="Messages"><ol class="messages" data-part="messages" role="list" tabindex="0"></ol></div>
      <form data-part="form">
        <input data-part="text" name="text" maxlength="200" autocomplete="off" placeholder="Write to both doors" aria-label="Message" />
        <button type="submit" data-part="send">Send</button>
      </form>
    </section>
  </div>
</section>`

export interface ChatMessage {
  readonly at: number
  readonly door: 'browser' | 'teams'
  readonly key: string
  readonly name: string
  readonly text: string
}

export interface SessionView {
  readonly text: string
  readonly isTrouble?: boolean
  /** The URL of a picture of the user. Without one their initials stand there. */
  readonly picture?: string
}

export interface DoorView {
  readonly socket: SocketPanel
  on(what: 'sign-in' | 'sign-out' | 'call' | 'connect', act: () => void): void
  onMessage(send: (text: string) => void): void
  showState(state: AuthState): void
  showToken(explanation: Explanation): void
  showSession(session: SessionView): void
  showAnswer(text: string, ok: boolean): void
  /** Replaces all messages: after a reconnect the server tells them again. */
  showMessages(messages: readonly ChatMessage[]): void
  addMessage(message: ChatMessage): void
  note(text: string): void
}

const statusTexts: Record<string, string> = {
  starting: 'Finding out who is there …',
  'signed-in': 'Signed in',
  failed: 'This did not work',
  'no-account': 'Nobody is signed in',
  expired: 'The sign-in has expired',
  consent: 'Consent is needed',
  'by-user': 'Signed out',
}
const sourceTexts = { 'teams-sso': 'Teams SSO', nested: 'nested app auth', redirect: 'MSAL redirect' }
const LONGEST_NOTES = 4
const LONGEST_CHAT = 30

export function createDoorView(root: Element): DoorView {
  const part = fill(root, markup)
  const text = part('text') as HTMLInputElement
  const picture = part('picture') as HTMLImageElement

  function setText(name: string, value: string): void {
    if (part(name).textContent !== value) part(name).textContent = value
  }

  function showState(state: AuthState): void {
    const account = 'account' in state ? state.account : undefined
    const error = 'error' in state ? state.error : undefined
    const isIn = state.status === 'signed-in'
    part('door').dataset['status'] = state.status
    setText('name', account?.name ?? (isIn ? 'Somebody' : 'Nobody'))
    setText('avatar', initialsOf(account?.name))
    setText('status', statusTexts[state.status === 'signed-out' ? state.reason : state.status] ?? state.status)
    setText('key', account ? shortKey(account.key) : '–')
    part('key').title = account?.key ?? ''
    setText('host', state.host.name ? `${state.host.kind} (${state.host.name})` : state.host.kind)
    setText('reasons', state.host.reasons.join('; '))
    setText('trouble', error?.code ?? '')
    setText('remedy', error?.remedy ?? '')
    part('error').hidden = !error || isNobody(state)
    part('sign-in').hidden = isIn || state.status === 'starting'
    part('sign-out').hidden = !isIn
  }

  function showToken({ token, source }: Explanation): void {
    setText('source', source ? sourceTexts[source] : 'none yet')
    const left = token ? Math.max(0, token.expiresInMs) : 0
    const share = token ? left / Math.max(1, left + token.ageMs) : 0
    setText('left', token ? `${spanOf(token.ageMs)} old, ${spanOf(left)} left` : '')
    part('meter').style.setProperty('--share', String(share))
    part('meter').ariaValueNow = String(Math.round(share * 100))
    part('meter').hidden = !token
  }

  function showSession({ text, isTrouble = false, picture: url }: SessionView): void {
    setText('session', text)
    part('session').classList.toggle('trouble', isTrouble)
    if (url && picture.getAttribute('src') !== url) picture.src = url
    picture.hidden = !url
  }

  function entryOf(message: ChatMessage): HTMLElement {
    const entry = element('li', `message ${message.door}`)
    const title = element('span', 'from', message.name)
    title.append(element('small', '', `${message.door} · ${timeOf(message.at)}`))
    entry.append(title, element('span', 'text', message.text))
    return entry
  }

  picture.addEventListener('error', () => {
    picture.hidden = true
    picture.removeAttribute('src')
    note('no picture from the server')
  })

  function note(what: string): void {
    const entry = element('li', '', what)
    entry.prepend(element('time', '', timeOf(Date.now())))
    appendTo(part('notes'), entry, LONGEST_NOTES)
  }

  return {
    socket: createSocketPanel(part),
    on: (what, act) => part(what).addEventListener('click', act),
    onMessage(send) {
      part('form').addEventListener('submit', (event) => {
        event.preventDefault()
        if (text.value.trim()) send(text.value.trim())
        text.value = ''
      })
    },
    showState,
    showToken,
    showSession,
    showAnswer(answer, ok) {
      setText('answer', answer)
      part('answer').className = ok ? 'ok' : 'bad'
    },
    showMessages(messages) {
      part('messages').replaceChildren()
      for (const message of messages) appendTo(part('messages'), entryOf(message), LONGEST_CHAT)
    },
    addMessage: (message) => appendTo(part('messages'), entryOf(message), LONGEST_CHAT),
    note,
  }
}

/** Nothing is wrong there: somebody only has to sign in. */
function isNobody(state: AuthState): boolean {
  return state.status === 'signed-out' && state.reason === 'no-account'
}
