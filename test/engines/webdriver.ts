// The few commands of WebDriver (https://www.w3.org/TR/webdriver2/) that the tests need.

/** How the protocol names an element in JSON. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'

/** A driver that loses a command says nothing: then the test says which it was. */
const COMMAND_LIMIT_MS = 25_000

/** A window of the session, or the one frame in it. */
export interface Place {
  readonly window: string
  readonly isFrame: boolean
}

export interface Session {
  /** Of the browser. */
  readonly version: string
  window(): Promise<string>
  newWindow(): Promise<string>
  goto(place: Place, url: string): Promise<unknown>
  reload(place: Place): Promise<unknown>
  /** Runs the body of a function, and gives what it returns. */
  run(place: Place, body: string): Promise<unknown>
  click(place: Place, selector: string): Promise<unknown>
  type(place: Place, selector: string, text: string): Promise<unknown>
  cookies(place: Place): Promise<{ name: string }[]>
  end(): Promise<unknown>
}

interface Created {
  readonly sessionId: string
  readonly capabilities: { readonly browserVersion: string }
}

type Send = (method: string, path: string, body?: object) => Promise<unknown>

/** @param server where the driver listens */
export async function openSession(server: string, capabilities: object): Promise<Session> {
  const send = sender(server)
  const created = await send('POST', '/session', { capabilities: { alwaysMatch: capabilities } })
  const { sessionId, capabilities: found } = created as Created
  const ask: Send = (method, path, body) => send(method, `/session/${sessionId}${path}`, body)

  // A session is in one place at a time: who wants something goes there first, and nobody else until it is done.
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<T>(place: Place, act: () => Promise<T>): Promise<T> {
    const turn = last.then(() => enter(ask, place)).then(act)
    last = turn.catch(() => {})
    return turn
  }
  const find = async (selector: string) => elementOf(await ask('POST', '/element', css(selector)))

  return {
    version: found.browserVersion,
    window: async () => String(await ask('GET', '/window')),
    newWindow: async () => ((await ask('POST', '/window/new', { type: 'tab' })) as { handle: string }).handle,
    goto: (place, url) => inTurn(place, () => ask('POST', '/url', { url })),
    reload: (place) => inTurn(place, () => ask('POST', '/refresh', {})),
    run: (place, script) => inTurn(place, () => ask('POST', '/execute/sync', { script, args: [] })),
    click: (place, selector) => inTurn(place, async () => ask('POST', `/element/${await find(selector)}/click`, {})),
    type: (place, selector, text) =>
      inTurn(place, async () => ask('POST', `/element/${await find(selector)}/value`, { text })),
    cookies: (place) => inTurn(place, async () => (await ask('GET', '/cookie')) as { name: string }[]),
    end: () => ask('DELETE', ''),
  }
}

async function enter(ask: Send, { window, isFrame }: Place): Promise<void> {
  await ask('POST', '/window', { handle: window })
  await ask('POST', '/frame', { id: null })
  if (!isFrame) return
  await ask('POST', '/frame', { id: await ask('POST', '/element', css('iframe')) })
}

function css(value: string) {
  return { using: 'css selector', value }
}

function elementOf(answer: unknown): string {
  return (answer as Record<string, string>)[ELEMENT] ?? ''
}

function sender(server: string): Send {
  return async (method, path, body) => {
    const command = `${method} ${path.replace(/^\/session\/[^/]+/, '')}`
    const signal = AbortSignal.timeout(COMMAND_LIMIT_MS)
    const response = await fetch(server + path, { method, signal, ...(body && { body: JSON.stringify(body) }) }).catch(
      (cause: unknown) => Promise.reject(new Error(`${command} has no answer.`, { cause })),
    )
    const { value } = (await response.json()) as { value: unknown }
    if (response.ok) return value
    const { error, message } = value as { error: string; message: string }
    throw new Error(`${command}: ${error}: ${message}`)
  }
}
