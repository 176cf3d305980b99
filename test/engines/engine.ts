// What the tests need of a browser engine, whatever drives it.

/** A page or a frame. What a test does in it waits until it can be done. */
export interface View {
  /** Runs a function in the page and gives what it comes to, as JSON has it. The function sees its argument and globals. */
  evaluate<R, A = undefined>(call: (argument: A) => R, argument?: A): Promise<Awaited<R>>
  /** Runs a function that may leave the page, and waits for nothing. */
  start(call: () => unknown): Promise<void>
  /** Waits until a function in the page gives something true, over navigations. */
  until<A = undefined>(call: (argument: A) => unknown, argument?: A): Promise<void>
  /** Waits until this text can be seen. */
  sees(text: string): Promise<void>
  /** Clicks as a person does, as soon as the element is there. */
  click(selector: string): Promise<void>
  /** Types into a field as a person does, as soon as it is there. */
  type(selector: string, text: string): Promise<void>
}

export interface Tab extends View {
  goto(url: string): Promise<void>
  reload(): Promise<void>
  /** The one frame that the page shows. */
  frame(): View
  /** The names of the cookies that the browser has for the page, those that scripts cannot see included. */
  cookies(): Promise<string[]>
  /** Another tab of the same profile. */
  openBeside(): Promise<Tab>
  /** Ends the profile, with all of its tabs. */
  close(): Promise<void>
}

export interface Settings {
  /** Default: as the engine has it. `blocked`: nothing that a page could store. */
  readonly storage?: 'default' | 'blocked'
  /** Firefox partitions what other sites store in a frame; a user can have it blocked, as Chromium's fresh profile does. */
  readonly crossSite?: 'default' | 'blocked'
  /** WebKit's Intelligent Tracking Prevention, which MiniBrowser leaves to a flag. Default: as the engine has it. */
  readonly trackingPrevention?: boolean
}

export interface Browser {
  /** A tab in a fresh profile. */
  openTab(settings?: Settings): Promise<Tab>
  version(): Promise<string>
  /** Ends all that was started. */
  close(): Promise<void>
}

export interface Engine {
  readonly name: 'Chromium' | 'Firefox' | 'WebKitGTK'
  /** @param world where the hosts of the world are */
  start(world: Way): Browser
}

/** The ways into a world: its port, and a proxy for engines that cannot be told where a host is. */
export interface Way {
  readonly port: number
  readonly proxyPort: number
}

/** What a driver can do at once or not at all. */
export interface Hands {
  /** Gives the text that an expression comes to; a promise is waited for. */
  run(expression: string): Promise<string>
  /** Runs a script and waits for nothing. */
  start(script: string): Promise<unknown>
  click(selector: string): Promise<unknown>
  type(selector: string, text: string): Promise<unknown>
}

/** Longer than any step takes on a slow machine: a page that needs it is broken. */
const STEP_LIMIT_MS = 20_000
const BETWEEN_TRIES_MS = 50

type Answer = { value?: unknown } | { error: string }

/** What all drivers do in the same way. */
export function viewOf(hands: Hands): View {
  async function evaluate<R, A>(call: (argument: A) => R, argument?: A): Promise<Awaited<R>> {
    const answer = JSON.parse(await hands.run(expressionOf(call, argument))) as Answer
    if ('error' in answer) throw new Error(answer.error)
    return answer.value as Awaited<R>
  }

  const until = <A>(call: (argument: A) => unknown, argument?: A) =>
    persist(`${call}`, async () => {
      if (!(await evaluate(call, argument))) throw new Error('not yet')
    })

  return {
    evaluate,
    start: async (call) => void (await hands.start(`void (${call})()`)),
    until,
    // biome-ignore lint/performance/useDomNodeTextContent: text that is hidden is not seen
    sees: (text) => until((wanted) => document.body?.innerText.includes(wanted), text),
    click: (selector) => persist(`a click at ${selector}`, () => hands.click(selector)),
    type: (selector, text) => persist(`typing into ${selector}`, () => hands.type(selector, text)),
  }
}

/** Both ways as JSON, so that no driver's own idea of a value matters. */
function expressionOf(call: (argument: never) => unknown, argument: unknown): string {
  const given = argument === undefined ? '' : JSON.stringify(argument)
  return `Promise.resolve().then(() => (${call})(${given})).then(
    (value) => JSON.stringify({ value }),
    (error) => JSON.stringify({ error: String(error) }))`
}

/** Tries until it is done. A page that is on its way elsewhere refuses, with as many words as there are drivers. */
async function persist(what: string, attempt: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + STEP_LIMIT_MS
  for (;;) {
    try {
      await attempt()
      return
    } catch (error) {
      if (Date.now() > end) throw new Error(`Gave up: ${what}`, { cause: error })
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS))
  }
}
