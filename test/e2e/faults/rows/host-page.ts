// What goes wrong in a host beyond its settings. The functions without a stage run in the page of the host.

import type { Opened, Stage } from '../stage.js'

export type GivenToken = 'garbage' | 'an ID token' | 'of another API' | 'expired'

/** The host gives something that is not the token that it was asked for. */
export async function giveToken({ doors, clock }: Stage, { page }: Opened, which: GivenToken): Promise<void> {
  const { entra, adele } = doors
  const now = Math.floor(clock.now() / 1_000)
  const tokens: Record<GivenToken, () => string | Promise<string>> = {
    garbage: () => 'not a token',
    'an ID token': () => entra.mint(adele, { kind: 'id' }),
    'of another API': () => entra.mint(adele, { claims: { aud: 'https://graph.microsoft.com' } }),
    expired: () => entra.mint(adele, { claims: { iat: now - 7_200, nbf: now - 7_200, exp: now - 3_600 } }),
  }
  const token = await tokens[which]()
  await page.evaluate(() => window.host.clearTokenCache())
  await page.route('**/mint', (route) => route.fulfill({ json: { token, idToken: token, expiresInSeconds: 1 } }))
}

/** After each answer comes a second one, which says the opposite. */
export function answerTwice(): void {
  let last: MessageEvent | undefined
  window.addEventListener('message', (event) => {
    last = event
  })
  window.host.subscribe(({ direction }) => {
    if (direction !== 'answered' || !last) return
    const { source, data, origin } = last
    const { id, uuidAsString } = data as { id: number; uuidAsString: string }
    const post = (args: unknown[]) => (source as Window).postMessage({ id, uuidAsString, args }, origin)
    queueMicrotask(() => {
      post([false, 'resourceDisabled'])
      post([true, 'another token'])
    })
  })
}

/** Whatever a message can be, at every message of the app. */
export function sayNonsense(): void {
  const words = [null, 7, '', 'initialize', [], {}, { id: 'x' }, { args: null }, { func: 7 }, { func: 'toString' }]
  const more = [{ func: 'themeChange' }, { func: 'registerHandler', args: [{}] }, { id: -1, args: [true, 'a token'] }]
  const say = () => {
    const { contentWindow } = document.querySelector('iframe') as HTMLIFrameElement
    for (const word of [...words, ...more]) contentWindow?.postMessage(word, '*')
  }
  say()
  window.host.subscribe(({ direction }) => {
    if (direction === 'received') say()
  })
}
