// What a session of Chainlit asks its page for: a token, for what the app does on behalf of the user. Chainlit has an event for
// functions of the page, and takes the answer to its socket, past every script of the page. So the token goes to `/auth/header`
// alone, as at a sign-in, and what comes back from there, which only the server can open, is the answer.

import type { ChainlitPage } from './chainlit-page.js'
import type { PageSession } from './session/page-session.js'
import {
  type AskSession,
  type Auth,
  AuthError,
  abortable,
  chainlitSession,
  isAuthError,
  isNonBlank,
  isScopeList,
  isSuccess,
} from './twodoor.js'

/** As python/twodoor/chainlit/page_questions.py has it. */
interface TokenQuestion {
  /** Random. The answer is good for this question alone. */
  readonly question: string
  /** Whose session it is: `entra:<tenant>:<object id>`. */
  readonly user: string | undefined
  /** What the user has to consent to. */
  readonly scopes: string[] | undefined
  /** The claims challenge that the token has to meet, as JSON text. */
  readonly claims: string | undefined
  /** Whether the token that the page has now will not do. */
  readonly renew: boolean
  /** The button of the chat that the user is to click first. */
  readonly button: string | undefined
}

type Answer = { readonly sealed: string } | { readonly refused: string }

export interface TokenQuestionContext {
  readonly window: Window
  readonly page: ChainlitPage
  /** Aborted when the drop-in is removed. */
  readonly signal: AbortSignal
  readonly ask: AskSession
  readonly pageSession: Pick<PageSession, 'openSignIn'>
}

const EVENT = 'chainlit-call-fn'
const FUNCTION = 'twodoor.token'
const QUESTION_HEADER = 'X-Twodoor-Question'

/** Answers until `signal` is aborted. */
export function answerTokenQuestions({ window, page, ask, pageSession, signal }: TokenQuestionContext): void {
  /** Aborted when the button that the user is to click is clicked, or given up. */
  let waiting = new AbortController()

  async function answer(asked: TokenQuestion): Promise<Answer> {
    waiting.abort()
    const auth = pageSession.openSignIn()
    if (!auth) throw new AuthError('unsupported', { phase: 'session' })
    await abortable(auth.ready, signal)
    if (asked.button) await signInOnClick(auth, asked, asked.button)
    if (isSomebodyElse(auth, asked)) throw new AuthError('account_mismatch', { phase: 'session' })
    return postToken(auth, asked)
  }

  /** In the click itself: after anything else the browser would open no window. */
  function signInOnClick(auth: Auth, asked: TokenQuestion, button: string): Promise<void> {
    const { scopes, claims } = asked
    waiting = new AbortController()
    const { signal: clicked } = waiting
    return new Promise((resolve, reject) => {
      function onClick({ target }: Event): void {
        if (!(target as Element | null)?.closest?.(`[id="${CSS.escape(button)}"]`)) return
        waiting.abort()
        const prompt = isSomebodyElse(auth, asked) ? 'select_account' : undefined
        auth.signIn({ scopes, claims, prompt, popup: true }).then(resolve, reject)
      }
      window.document.addEventListener('click', onClick, { capture: true, signal: clicked })
    })
  }

  async function postToken(auth: Auth, { question, claims, renew, button }: TokenQuestion): Promise<Answer> {
    const isNew = renew && !button
    const rejectedToken = isNew ? (await auth.getToken()).token : undefined
    const first = await auth.getToken(undefined, { rejectedToken, claims: button ? undefined : claims })
    const sealed = (await post(first.token, question)) ?? (await postAgain(auth, first.token, question))
    if (!sealed) throw new AuthError('token_rejected', { phase: 'session' })
    return { sealed }
  }

  /** With another token, if there is one. */
  async function postAgain(auth: Auth, rejectedToken: string, question: string): Promise<string | undefined> {
    const { token } = await auth.getToken(undefined, { rejectedToken })
    return token === rejectedToken ? undefined : post(token, question)
  }

  async function post(token: string, question: string): Promise<string | undefined> {
    const { begin } = chainlitSession(page.urlOf(''))
    const headers = { ...begin.headers, [QUESTION_HEADER]: question, Authorization: `Bearer ${token}` }
    const answer = await ask(begin.method, page.urlOf(begin.path), signal, { headers, body: begin.body ?? null })
    // The server does not let this user in.
    if (answer.status === 403) throw new AuthError('denied', { phase: 'session' })
    if (answer.status >= 500) throw new AuthError('unavailable', { phase: 'session' })
    const { sealed } = Object(answer.body) as { sealed?: unknown }
    return isSuccess(answer) && isNonBlank(sealed) ? sealed : undefined
  }

  signal.addEventListener('abort', () => waiting.abort(), { once: true })
  listen(window, signal, answer)
}

/** Where Chainlit's own OAuth signs in there is no token, and the server need not wait for one. Returns the undo. */
export function answerNoToken(window: Window): () => void {
  const removed = new AbortController()
  listen(window, removed.signal, () => Promise.reject(new AuthError('unsupported', { phase: 'session' })))
  return () => removed.abort()
}

function listen(window: Window, signal: AbortSignal, answer: (asked: TokenQuestion) => Promise<Answer>): void {
  let last: string | undefined

  async function onCall(event: Event): Promise<void> {
    const { name, args, callback } = Object((event as CustomEvent).detail) as Record<string, unknown>
    if (name !== FUNCTION || typeof callback !== 'function') return
    event.stopImmediatePropagation()
    const asked = questionOf(args)
    // Chainlit's page calls again where it shows the chat anew.
    if (!asked || asked.question === last) return
    last = asked.question
    callback(await answer(asked).catch(refusalOf))
  }

  const listener = (event: Event) => void onCall(event)
  window.addEventListener(EVENT, listener)
  signal.addEventListener('abort', () => window.removeEventListener(EVENT, listener), { once: true })
}

/** In a browser a page can be signed in as one account while its session is still that of another. */
function isSomebodyElse({ state }: Auth, { user }: TokenQuestion): boolean {
  return user !== undefined && state.status === 'signed-in' && state.account.key !== user
}

function refusalOf(error: unknown): Answer {
  return { refused: isAuthError(error) ? error.code : 'unavailable' }
}

/** `undefined` for what is no question of ours. */
function questionOf(given: unknown): TokenQuestion | undefined {
  const { question, user, scopes, claims, renew, button } = Object(given) as Record<string, unknown>
  if (typeof question !== 'string' || !/^[\w-]{22}$/.test(question)) return undefined
  return {
    question,
    user: isNonBlank(user) ? user : undefined,
    scopes: isScopeList(scopes) ? [...scopes] : undefined,
    claims: isNonBlank(claims) ? claims : undefined,
    renew: renew === true,
    button: isNonBlank(button) ? button : undefined,
  }
}
